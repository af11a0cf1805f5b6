import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from 'vite';
import type { Device } from '../../../models/runtime';
import { cacheFolder } from '../../../scripts/setup/paths.mjs';
import { relativeDifference } from './support';

/** Electron brings a Vulkan driver in software; on a machine with a card `AMLP_VULKAN_DRIVER` may name another. */
const driver = ((): string | null => {
  const own = process.env.AMLP_VULKAN_DRIVER;
  if (own) return own;
  const folders = existsSync(cacheFolder) ? readdirSync(cacheFolder) : [];
  const found = folders
    .map((name) => join(cacheFolder, name, 'vk_swiftshader_icd.json'))
    .find((path) => existsSync(path));
  return found ?? null;
})();
if (driver === null) console.log('WebGPU is not tested: no Vulkan driver (set-up brings one with Electron).');

interface Report {
  readonly device: Device;
  readonly losses: Record<string, number[]>;
  readonly inferred: Record<string, number[]>;
}

describe.skipIf(driver === null)('WebGPU', () => {
  const bundle = resolve('out', 'test', 'webgpu-check.mjs');
  beforeAll(async () => {
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: resolve('test/models/runtime/webgpu-check.ts'),
        target: 'node20',
        outDir: dirname(bundle),
        emptyOutDir: false,
        rollupOptions: {
          external: ['@tensorflow/tfjs-node-gpu', 'webgpu'],
          output: { format: 'es', entryFileNames: 'webgpu-check.mjs' },
        },
      },
      ssr: { noExternal: true },
    });
  });

  const run = (backend: string): Report => {
    const folder = dirname(driver ?? '');
    const env = {
      ...process.env,
      VK_ICD_FILENAMES: driver ?? '',
      LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      TF_CPP_MIN_LOG_LEVEL: '3',
    };
    const text = execFileSync(process.execPath, [bundle, backend], {
      encoding: 'utf8',
      env,
      timeout: 300_000,
    });
    return JSON.parse(text.slice(text.indexOf('{'))) as Report;
  };

  test('a card that the processor only plays is found and not taken', { timeout: 120_000 }, () => {
    const { device } = run('auto');
    // On a machine with a real card `AMLP_VULKAN_DRIVER` names its driver, and then it is taken.
    if (!process.env.AMLP_VULKAN_DRIVER) expect(device.kind).toBe('cpu');
  });

  test('trains and infers as the processor does, in two and three dimensions', { timeout: 600_000 }, () => {
    const card = run('webgpu');
    const processor = run('cpu');
    expect(card.device.kind).toBe('webgpu');
    expect(card.device.sentence).toMatch(/WebGPU/);
    expect(processor.device.kind).toBe('cpu');
    for (const [name, losses] of Object.entries(processor.losses)) {
      const difference = relativeDifference(
        Float32Array.from(card.losses[name] ?? []),
        Float32Array.from(losses),
      );
      expect(difference, name).toBeLessThan(1e-4);
      const outputs = relativeDifference(
        Float32Array.from(card.inferred[name] ?? []),
        Float32Array.from(processor.inferred[name] ?? []),
      );
      expect(outputs, name).toBeLessThan(5e-3);
    }
  });
});
