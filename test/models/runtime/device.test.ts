import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openRuntime } from '../../../models/runtime';
import { addonFolder } from '../../../models/runtime/backends/node';
import { firstChoice, preferredBackend } from '../../../models/runtime/choose';
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

test('the addon is found, so that the libraries unpacked beside it count', () => {
  expect(addonFolder()).toMatch(/node_modules\/@tensorflow\/tfjs-node-gpu$/);
});

test('CUDA first, then any other card, then the processor; a wish goes before all', async () => {
  const none = { driver: null, cards: [], missing: [], sentence: '' };
  const cuda = { ...none, driver: '550', cards: ['NVIDIA'] };
  const card = { name: 'Radeon', software: false };
  const played = { name: 'SwiftShader', software: true };
  const nobody = async (): Promise<never> => {
    throw new Error('It must not be looked for.');
  };
  expect(await firstChoice(undefined, cuda, nobody)).toBe('cuda');
  // A card whose libraries nobody has fetched yet works through WebGPU meanwhile.
  expect(await firstChoice(undefined, { ...cuda, missing: ['libcudnn.so.9'] }, async () => card)).toBe(
    'webgpu',
  );
  expect(await firstChoice(undefined, none, async () => card)).toBe('webgpu');
  expect(await firstChoice(undefined, none, async () => played)).toBe('cpu');
  expect(await firstChoice(undefined, none, async () => null)).toBe('cpu');
  expect(await firstChoice('cpu', cuda, nobody)).toBe('cpu');
  expect(preferredBackend({ AMLP_BACKEND: 'cpu' })).toBe('cpu');
  expect(preferredBackend({ AMLP_BACKEND: 'fast' })).toBeUndefined();
  expect(preferredBackend({})).toBeUndefined();
});
