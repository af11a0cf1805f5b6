import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One slice of a labelled case, z-scored and centred on a square. */
export interface CaseSlice {
  readonly image: Float32Array;
  readonly lesion: Uint8Array;
}

interface Scan {
  readonly size: readonly [number, number, number];
  readonly values: Float32Array;
}

/** Voxels of a NIfTI-1 file as float32: all that the labelled sets of the tests need. */
function readScan(path: string): Scan {
  const bytes = gunzipSync(readFileSync(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = [42, 44, 46].map((at) => view.getInt16(at, true)) as [number, number, number];
  const type = view.getInt16(70, true);
  const start = view.getFloat32(108, true);
  const slope = view.getFloat32(112, true) || 1;
  const intercept = view.getFloat32(116, true) || 0;
  const readers: Record<number, [number, (at: number) => number]> = {
    2: [1, (at) => view.getUint8(at)],
    4: [2, (at) => view.getInt16(at, true)],
    8: [4, (at) => view.getInt32(at, true)],
    16: [4, (at) => view.getFloat32(at, true)],
    64: [8, (at) => view.getFloat64(at, true)],
    512: [2, (at) => view.getUint16(at, true)],
  };
  const [width, read] = readers[type];
  const values = Float32Array.from(
    { length: size[0] * size[1] * size[2] },
    (_, v) => read(start + v * width) * slope + intercept,
  );
  return { size, values };
}

/** Clips to the 1st and 99th percentile of the non-zero voxels and z-scores over them, as METHOD fixes it. */
function zScored(values: Float32Array): Float32Array {
  const inside = values.filter((v) => v !== 0).sort();
  const low = inside[Math.floor(0.01 * (inside.length - 1))];
  const high = inside[Math.floor(0.99 * (inside.length - 1))];
  const clip = (v: number): number => Math.min(high, Math.max(low, v));
  const mean = inside.reduce((s, v) => s + clip(v), 0) / inside.length;
  const sd = Math.sqrt(inside.reduce((s, v) => s + (clip(v) - mean) ** 2, 0) / inside.length);
  return values.map((v) => (clip(v) - mean) / sd);
}

/** The slices of one case; what is larger than the square is cut, what is smaller is set into its darkest value. */
export function readLabelledCase(folder: string, image: string, label: string, size: number): CaseSlice[] {
  const scan = readScan(join(folder, `${image}.nii.gz`));
  const truth = readScan(join(folder, `${label}.nii.gz`));
  const values = zScored(scan.values);
  const dark = values.reduce((a, b) => Math.min(a, b), Infinity);
  const [ni, nj, nk] = scan.size;
  const [di, dj] = [Math.floor((size - ni) / 2), Math.floor((size - nj) / 2)];
  return Array.from({ length: nk }, (_, k) => {
    const slice = { image: new Float32Array(size * size).fill(dark), lesion: new Uint8Array(size * size) };
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const [i, j] = [x - di, y - dj];
        if (i < 0 || j < 0 || i >= ni || j >= nj) continue;
        const v = (k * nj + j) * ni + i;
        slice.image[y * size + x] = values[v];
        slice.lesion[y * size + x] = truth.values[v] > 0 ? 1 : 0;
      }
    return slice;
  });
}
