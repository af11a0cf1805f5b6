import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isStreamable, readNifti, readNiftiHeader, readNiftiStream } from '../../../main/imaging';
import { writeNiftiVolume } from '../../../main/imaging/nifti/write';
import { patientPoint, patientVector, type VolumeGeometry } from '../../../main/imaging/space/geometry';
import type { VoxelArray } from '../../../main/imaging/volume';

const geometry: VolumeGeometry = {
  size: [7, 5, 6],
  spacing: [1, 2, 3],
  origin: patientPoint(1, 2, 3),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
};
const count = 7 * 5 * 6;

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}
const fileOf = (voxels: VoxelArray): Uint8Array =>
  writeNiftiVolume(
    { geometry, voxels, unit: 'stored', modality: 'OT', frameOfReference: null, remarks: [] },
    { gzip: false },
  );
const streamOf = (file: Uint8Array, length: number, seen: number[] = []) =>
  readNiftiStream({ header: readNiftiHeader(file), size: file.length, bytes: pieces(file, length) }, (k) =>
    seen.push(k),
  );

const types: readonly (readonly [string, VoxelArray])[] = [
  ['8 bits', Uint8Array.from({ length: count }, (_, v) => v)],
  ['16 bits', Int16Array.from({ length: count }, (_, v) => v * 97 - 9000)],
  ['16 bits without sign', Uint16Array.from({ length: count }, (_, v) => v * 300)],
  ['32 bits', Int32Array.from({ length: count }, (_, v) => v * 1_000_003)],
  ['floating point', Float32Array.from({ length: count }, (_, v) => Math.sin(v))],
  ['floating point with holes', Float32Array.from({ length: count }, (_, v) => (v % 50 === 0 ? NaN : v))],
];

test.each(types)(
  'a file of %s is read as a stream as it is read whole, slice by slice',
  async (_, voxels) => {
    const plain = fileOf(voxels);
    const [whole] = (await readNifti(plain)).volumes;
    for (const file of [plain, new Uint8Array(gzipSync(plain))])
      // In pieces that fit no boundary of the file.
      for (const length of [13, 351, 100_000]) {
        const seen: number[] = [];
        expect(await streamOf(file, length, seen)).toEqual(whole);
        expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
      }
  },
);

test('byte order and scale are those of the header', async () => {
  const file = fileOf(Int16Array.from({ length: count }, (_, v) => v));
  const view = new DataView(file.buffer);
  view.setFloat32(112, 0.5, true);
  view.setFloat32(116, -3, true);
  const [whole] = (await readNifti(file)).volumes;
  expect(await streamOf(file, 200)).toEqual(whole);
});

test.each([
  ['ends early', (file: Uint8Array) => file.subarray(0, file.length - 9), 'truncated'],
  ['is compressed and ends early', (file: Uint8Array) => gzipSync(file).subarray(0, 200), 'truncated'],
  ['is a bomb', (file: Uint8Array) => gzipSync(Buffer.concat([file, Buffer.alloc(4e6)])), 'over-limit'],
])('a file that %s is refused', async (_, damage, code) => {
  const whole = fileOf(new Int16Array(count).map((__, v) => (v * 7919) % 4093));
  const file = new Uint8Array(damage(whole));
  const stream = readNiftiStream(
    { header: readNiftiHeader(whole), size: file.length, bytes: pieces(file, 64) },
    () => undefined,
  );
  await expect(stream).rejects.toMatchObject({ code });
});

test('a header that promises more than a file can hold costs no memory', async () => {
  const file = fileOf(new Int16Array(count));
  new DataView(file.buffer).setInt16(46, 30_000, true);
  await expect(streamOf(file.subarray(0, 360), 100)).rejects.toMatchObject({ code: 'truncated' });
});

test('time series are not streamed', () => {
  const file = fileOf(new Int16Array(count));
  const view = new DataView(file.buffer);
  view.setInt16(40, 4, true);
  view.setInt16(46, 3, true);
  view.setInt16(48, 2, true);
  expect(isStreamable(readNiftiHeader(file))).toBe(false);
});
