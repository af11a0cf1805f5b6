import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { decodeFrame } from '../../main/imaging/dicom/codecs';
import type { ImageHeader } from '../../main/imaging/dicom/header';

interface Encoder {
  getDecodedBuffer(info: {
    width: number;
    height: number;
    bitsPerSample: number;
    componentCount: number;
    isSigned: boolean;
    isUsingColorTransform: boolean;
  }): Uint8Array;
  setQuality(reversible: boolean, step: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
}

test.each([
  ['signed', true, 12],
  ['unsigned', false, 16],
] as const)('high-throughput JPEG 2000, %s, comes back as it was', async (_, signed, bits) => {
  const require = createRequire(import.meta.url);
  const factory = require('@cornerstonejs/codec-openjph/wasmjs') as (
    o: object,
  ) => Promise<{ HTJ2KEncoder: new () => Encoder }>;
  const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-openjph/wasm'));
  const { HTJ2KEncoder } = await factory({ wasmBinary });
  const [columns, rows] = [67, 45];
  const offset = signed ? 2 ** (bits - 1) : 0;
  const values = Array.from({ length: columns * rows }, (__, n) => ((n * 7919) % 2 ** bits) - offset);
  const stored = signed ? Int16Array.from(values) : Uint16Array.from(values);
  const encoder = new HTJ2KEncoder();
  encoder
    .getDecodedBuffer({
      width: columns,
      height: rows,
      bitsPerSample: bits,
      componentCount: 1,
      isSigned: signed,
      isUsingColorTransform: false,
    })
    .set(new Uint8Array(stored.buffer));
  encoder.setQuality(true, 0);
  encoder.encode();
  const image = {
    rows,
    columns,
    samplesPerPixel: 1,
    bitsAllocated: 16,
    bitsStored: bits,
    highBit: bits - 1,
    signed,
    floatBits: 0,
  } as ImageHeader;
  const decoded = await decodeFrame('htj2k', encoder.getEncodedBuffer().slice(), image);
  expect(decoded).toEqual(stored);
});
