import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRuntime } from '../../../models/runtime';
import { detectCuda } from '../../../models/runtime/cuda';
import { describeCpu, hasBfloat16 } from '../../../models/runtime/device';

const folder = mkdtempSync(join(tmpdir(), 'amlp-device-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('half width is used only with instructions for it', () => {
  expect(hasBfloat16(new Set(['avx2', 'avx512f']))).toBe(false);
  expect(hasBfloat16(new Set(['avx512f', 'avx512_bf16']))).toBe(true);
  expect(hasBfloat16(new Set(['amx_bf16']))).toBe(true);
  const { mixed, memoryBytes, cores, sentence } = describeCpu();
  expect(mixed === null || mixed === 'bfloat16').toBe(true);
  expect(memoryBytes).toBeGreaterThan(1e9);
  expect(sentence).toContain(`${cores} core`);
});

test('a machine without an NVIDIA driver is told so', () => {
  expect(detectCuda(undefined, join(folder, 'absent'))).toMatchObject({
    driver: null,
    cards: [],
    sentence: 'No NVIDIA driver is loaded, so CUDA is not used.',
  });
});

/** The driver's folder as it stands under /proc, and libraries as set-up unpacks them beside the addon. */
test('a card is named, with the libraries that are missing, and found where set-up puts them', () => {
  const driver = join(folder, 'driver');
  mkdirSync(join(driver, 'gpus', '0000:01:00.0'), { recursive: true });
  const version = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n';
  writeFileSync(join(driver, 'version'), version);
  const information = 'Model: \t\t NVIDIA GeForce RTX 4090\nIRQ:   \t\t 157\n';
  writeFileSync(join(driver, 'gpus', '0000:01:00.0', 'information'), information);
  const without = detectCuda(undefined, driver);
  expect(without).toMatchObject({ driver: '550.54.15', cards: ['NVIDIA GeForce RTX 4090'] });

  const addon = join(folder, 'addon');
  const place = join(addon, 'deps', 'nvidia', 'everything', 'lib');
  mkdirSync(place, { recursive: true });
  for (const name of without.missing) writeFileSync(join(place, name), '');
  const complete = detectCuda(addon, driver);
  expect(complete.missing).toEqual([]);
  expect(complete.sentence).toBe("NVIDIA GeForce RTX 4090 (driver 550.54.15), with CUDA's libraries.");
});

test('a preference that cannot be had is told and does not stop the work', async () => {
  const runtime = await openRuntime({ prefer: 'cuda' });
  if (runtime.device.kind === 'cpu') expect(runtime.device.sentence).toMatch(/^(No NVIDIA driver|.*driver)/);
  expect(runtime.device.sentence).toMatch(/Computes on/);
  runtime.dispose();
});
