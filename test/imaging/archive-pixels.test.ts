import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ImagingError } from '../../main/imaging';
import { openDicom, type DicomFile } from '../../main/imaging/dicom/file';
import { headerOf, type DicomHeader } from '../../main/imaging/dicom/header';
import { Tag } from '../../main/imaging/dicom/tags';
import { readFrames } from '../../main/imaging/dicom/pixels';
import { dataPath, sharedData } from '../data';
import { expectedSeries, type ExpectedSeries } from './expected';

interface Opened {
  name: string;
  file: DicomFile;
  header: DicomHeader;
}

/** The files of one series of expected.json: those of its folder with its UID, or the one that it names. */
function filesOf(e: ExpectedSeries): Opened[] {
  const folder = dataPath('archive', e.folder);
  const names = e.file ? [e.file] : readdirSync(folder).sort();
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (!statSync(path).isFile()) return [];
    try {
      const file = openDicom(readFileSync(path));
      const header = headerOf(file);
      return (header.series.uid || 'None') === e.series_uid ? [{ name, file, header }] : [];
    } catch (error) {
      if (e.file) throw error;
      return [];
    }
  });
}

/** Slices in order of increasing position along the normal, or by name where they have none. */
function inOrder(files: Opened[]): Opened[] {
  const at = ({ header }: Opened): number => {
    const frame = header.image?.frames[0];
    const p = frame?.position;
    const o = frame?.orientation;
    if (!p || !o || header.image?.storedFrames !== 1 || frame.tile) return 0;
    const [r, c] = o;
    return (
      p[0] * (r[1] * c[2] - r[2] * c[1]) +
      p[1] * (r[2] * c[0] - r[0] * c[2]) +
      p[2] * (r[0] * c[1] - r[1] * c[0])
    );
  };
  return [...files].sort((a, b) => (Math.abs(at(a) - at(b)) < 1e-6 ? 0 : at(a) - at(b)));
}

const hasOwnRescale = (file: DicomFile): boolean =>
  file.dataSet.items(Tag.perFrameFunctionalGroups).length > 0 && !file.dataSet.has(Tag.rescaleSlope);

async function pixelsOf(files: Opened[]): Promise<{ hash: string; min: number; max: number; mean: number }> {
  const hash = createHash('sha256');
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  for (const { file, header } of inOrder(files)) {
    const { image } = header;
    if (!image) throw new Error('no image');
    const reader = readFrames(file, image);
    for (let n = 0; n < image.storedFrames; n++) {
      const stored = await reader.frame(n);
      hash.update(Buffer.from(Int32Array.from(stored).buffer));
      // The reference applies the top-level rescale only; enhanced files keep theirs in functional groups.
      const frame = hasOwnRescale(file) ? undefined : image.frames.find((f) => f.stored === n);
      const { slope, intercept } = frame ?? { slope: 1, intercept: 0 };
      for (const v of stored) {
        const value = v * slope + intercept;
        if (value < min) min = value;
        if (value > max) max = value;
        sum += value;
      }
      count += stored.length;
    }
  }
  return { hash: hash.digest('hex'), min, max, mean: sum / count };
}

const withPixels = expectedSeries.filter(([, e]) => e.stored_sha256_int32le);
const refused = expectedSeries.filter(([, e]) => e.rows && !e.stored_sha256_int32le);

describe.skipIf(sharedData === null)('stored pixels of the archive', () => {
  test.each(withPixels)('%s', async (_, e) => {
    const files = filesOf(e);
    expect(files.length).toBe(e.n_files);
    const [{ header }] = files;
    expect([header.image?.rows, header.image?.columns, header.image?.storedFrames]).toEqual([
      e.rows,
      e.cols,
      e.frames,
    ]);
    const { hash, min, max, mean } = await pixelsOf(files);
    expect(hash).toBe(e.stored_sha256_int32le);
    expect(min).toBeCloseTo(e.rescaled_min ?? NaN, 9);
    expect(max).toBeCloseTo(e.rescaled_max ?? NaN, 9);
    expect(mean).toBeCloseTo(e.rescaled_mean ?? NaN, 5);
  });

  test.each(refused)('%s is refused', async (_, e) => {
    await expect(pixelsOf(filesOf(e))).rejects.toThrow(ImagingError);
  });
});
