import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import { patchAddon } from '../../scripts/setup/addon-patch.mjs';

const addon = resolve('node_modules', '@tensorflow', 'tfjs-node-gpu');
const source = readFileSync(join(addon, 'binding', 'tfjs_backend.cc'), 'utf8');

describe("the patch of the tensor addon's source", () => {
  test('leaves no memory shared with JavaScript and no callback', () => {
    const patched = patchAddon(source);
    expect(source).toContain('TF_NewTensor(');
    expect(source).toContain('DeallocTensor');
    expect(patched).not.toContain('TF_NewTensor(');
    expect(patched).not.toContain('DeallocTensor');
    expect(patched).not.toContain('NapiAutoRef');
    expect(patched).toContain('memcpy(TF_TensorData(tensor.tensor), array_data, byte_size)');
  });

  test('changes nothing else', () => {
    const lines = new Set(patchAddon(source).split('\n'));
    const lost = source.split('\n').filter((line) => !lines.has(line));
    expect(lost.length).toBeLessThan(30);
    expect(patchAddon(source).length).toBeGreaterThan(source.length - 1500);
  });

  test('refuses a source that it was not made for', () => {
    expect(() => patchAddon(`${source}\n`)).toThrow(/not the version/);
    expect(() => patchAddon(source.replace('DeallocTensor', 'ReleaseTensor'))).toThrow(/not the version/);
  });
});

const built = join(addon, 'lib', 'napi-v8', 'tfjs_binding.node');

test.skipIf(!existsSync(built))(
  'tensors keep their values when the array they were made from changes',
  () => {
    process.env.TF_CPP_MIN_LOG_LEVEL = '3';
    const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
    // TensorFlow shares only memory aligned to 64 bytes: among sixteen neighbouring offsets, one is.
    for (let round = 0; round < 400; round++) {
      const buffer = new ArrayBuffer(4 * (100 + round * 97));
      const values = new Float32Array(buffer, 4 * (round % 16), 64 + round * 97).fill(round);
      const tensor = tf.tensor1d(values);
      tf.dispose(tensor.add(0)); // an operation moves the values to the native side
      values.fill(-1);
      expect(tensor.dataSync().every((value) => value === round)).toBe(true);
      tf.dispose(tensor);
    }
  },
);
