import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ImagingError, readNifti, readNiftiHeader, resampleVolume } from '../../main/imaging';
import { niftiVoxelBytes } from '../../main/imaging/nifti/read';
import { ordered, rawBytes, type RawType } from '../../main/imaging/voxels/raw';
import { toPatient, voxelIndex } from '../../main/imaging/space/geometry';
import { dataPath, sharedData } from '../data';

interface Expected {
  nibabel_error?: string;
  cls: string;
  shape: number[];
  dtype: string;
  endian: string;
  zooms: number[];
  affine: number[][];
  scl_slope_inter: [number, number];
  qform_code: number;
  sform_code: number;
  min?: number;
  max?: number;
  mean?: number;
  stored_sha256_fortran_native: string;
  sample: { index: number[]; value: string };
  simpleitk?: { size: number[]; spacing: number[]; origin_lps: number[] };
}

const expected: [string, Expected][] =
  sharedData === null
    ? []
    : Object.entries(JSON.parse(readFileSync(dataPath('nifti', 'expected.json'), 'utf8')).files);

const bytesOf = (name: string): Uint8Array => readFileSync(dataPath('nifti', name));
function pairOf(name: string): Uint8Array | undefined {
  const path = dataPath('nifti', name.replace('.hdr', '.img'));
  return name.includes('.hdr') && existsSync(path) ? readFileSync(path) : undefined;
}

describe.skipIf(sharedData === null)('NIfTI files of the conformance set', () => {
  test.each(expected.filter(([, e]) => e.nibabel_error))('%s is refused with a reason', async (name) => {
    await expect(readNifti(bytesOf(name), pairOf(name))).rejects.toThrow(ImagingError);
    await expect(readNifti(bytesOf(name), pairOf(name))).rejects.toHaveProperty(
      'code',
      expect.stringMatching(/^(not-recognised|unsupported|unreadable)$/),
    );
  });

  test.each(expected.filter(([, e]) => !e.nibabel_error))('%s: header as nibabel reads it', (name, e) => {
    const h = readNiftiHeader(bytesOf(name));
    expect(h.shape).toEqual(e.shape);
    expect(h.version).toBe(e.cls.includes('2') ? 2 : 1);
    expect(h.littleEndian).toBe(e.endian === '<');
    expect([h.qformCode, h.sformCode]).toEqual([e.qform_code, e.sform_code]);
    expect(h.slope).toBeCloseTo(e.scl_slope_inter[0], 12);
    expect(h.intercept).toBeCloseTo(e.scl_slope_inter[1], 12);
    h.affine.forEach((row, r) => row.forEach((v, c) => expect(v).toBeCloseTo(e.affine[r][c], 4)));
    h.zooms.forEach((z, n) => expect(z).toBeCloseTo(e.zooms[n], 4));
  });

  test.each(expected.filter(([, e]) => !e.nibabel_error))('%s: stored voxels by their hash', (name, e) => {
    const h = readNiftiHeader(bytesOf(name));
    const bytes = niftiVoxelBytes(h, bytesOf(name), pairOf(name));
    const type = (h.dataType in rawBytes ? h.dataType : 'float32') as RawType;
    const native = ordered(bytes, type, h.littleEndian);
    expect(createHash('sha256').update(native).digest('hex')).toBe(e.stored_sha256_fortran_native);
  });

  const readable = expected.filter(([, e]) => !e.nibabel_error && e.dtype !== 'complex64');
  test.each(readable)('%s: values and their places', async (name, e) => {
    const { header, volumes } = await readNifti(bytesOf(name), pairOf(name));
    expect(volumes.length).toBe(e.shape.slice(3).reduce((n, d) => n * d, 1));
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    let count = 0;
    for (const { voxels } of volumes) {
      for (const v of voxels) {
        if (!Number.isFinite(v)) throw new Error('A voxel is no number.');
        if (v < min) min = v;
        if (v > max) max = v;
        sum += v;
      }
      count += voxels.length;
    }
    const near = (a: number, b: number): void =>
      expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(b)));
    near(min, e.min ?? NaN);
    near(max, e.max ?? NaN);
    // nibabel's mean leaves out what is no number; we set it to the lowest value and say so.
    const replaced = volumes.some((v) => v.remarks.some((r) => r.includes('hold no number')));
    expect(replaced).toBe(name.includes('resampled_anat_moved'));
    if (!replaced) near(sum / count, e.mean ?? NaN);

    const { geometry, voxels } = volumes[0];
    const [i, j, k] = e.sample.index;
    if (e.sample.index.slice(3).every((n) => n === 0))
      near(voxels[i + geometry.size[0] * (j + geometry.size[1] * k)], Number(e.sample.value));
    // RAS of nibabel is LPS of ours with the first two signs turned.
    for (const index of [[0, 0, 0], [i, j, k], geometry.size.map((n) => n - 1)]) {
      const p = toPatient(geometry, voxelIndex(index[0], index[1], index[2]));
      const ras = e.affine.map((row) => row[0] * index[0] + row[1] * index[1] + row[2] * index[2] + row[3]);
      expect(p[0]).toBeCloseTo(-ras[0], 2);
      expect(p[1]).toBeCloseTo(-ras[1], 2);
      expect(p[2]).toBeCloseTo(ras[2], 2);
    }
    // SimpleITK's LPS origin is an independent answer, except where the file gives no place at all.
    if (header.placedBy !== 'nothing')
      e.simpleitk?.origin_lps.slice(0, 3).forEach((v, n) => expect(geometry.origin[n]).toBeCloseTo(v, 3));
  });

  test('complex numbers are refused in a sentence', async () => {
    await expect(readNifti(bytesOf('niivue/complex.nii.gz'))).rejects.toThrow(/complex numbers/);
  });

  test('all 48 axis orders are one volume', async () => {
    const names = expected.map(([name]) => name).filter((name) => name.includes('nifti_space'));
    expect(names.length).toBe(48);
    const reference = (await readNifti(bytesOf('niivue-nifti_space/RAS.nii.gz'))).volumes[0];
    for (const name of names) {
      const { volumes } = await readNifti(bytesOf(name));
      const same = resampleVolume(volumes[0], reference.geometry, 'nearest', -1);
      expect(
        Buffer.compare(Buffer.from(same.voxels.buffer), Buffer.from(reference.voxels.buffer)),
        name,
      ).toBe(0);
    }
  });

  test('a missing .img and a cut file say so', async () => {
    await expect(readNifti(bytesOf('nifti-reader-js/air.hdr.gz'))).rejects.toHaveProperty(
      'code',
      'unreadable',
    );
    const cut = bytesOf('nibabel/anatomical.nii').subarray(0, 40_000);
    await expect(readNifti(cut)).rejects.toHaveProperty('code', 'truncated');
    const cutGz = bytesOf('nibabel/someones_epi.nii.gz').subarray(0, 40_000);
    await expect(readNifti(cutGz)).rejects.toHaveProperty('code', 'truncated');
  });
});
