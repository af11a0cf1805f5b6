import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ImagingError } from '../../../main/imaging/error';
import { exportLabelMap } from '../../../main/imaging/exchange/export-label-map';
import { importMasks } from '../../../main/imaging/exchange/import-masks';
import { writeSeg } from '../../../main/imaging/seg/write';
import { uidFrom } from '../../../main/imaging/dicom/uid';
import { voxelCount } from '../../../main/imaging/space/geometry';
import { obliqueGrid } from '../grids';
import { labelMap, segment, sourceOn, writer } from '../source';

const geometry = obliqueGrid([14, 11, 4]);
const mask = new Uint8Array(voxelCount(geometry)).map((_, v) => ((v * 31) % 7 < 4 ? 1 : 0));
const map = labelMap(geometry, segment('GTV', mask));
const source = sourceOn(geometry);
const { files } = exportLabelMap(map, source, { formats: ['rtstruct', 'seg', 'nifti'], writer });
const samples = {
  'RT-STRUCT': files[0].bytes,
  'DICOM SEG': files[1].bytes,
  'label map': writeSeg(map, source, { writer, kind: 'labelmap' }).bytes,
  NIfTI: files[2].bytes,
};
const target = { geometry, frameOfReference: uidFrom('frame of reference') };

/** Bytes overwritten anywhere, lengths among them, and the end cut off. */
const anyDamage = fc.record({
  bytes: fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 255 })),
    {
      minLength: 1,
      maxLength: 12,
    },
  ),
  keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
});

describe.each(Object.entries(samples))('damaged %s', (_, sample) => {
  test('is read as far as it makes sense, or refused with a sentence; nothing else is thrown', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(anyDamage, async ({ bytes, keep }) => {
        const damaged = sample.slice(0, Math.ceil(sample.length * keep));
        for (const [place, value] of bytes) damaged[Math.floor(place * damaged.length)] = value;
        try {
          const { segments } = await importMasks(damaged, target, { resample: true });
          for (const s of segments) expect(s.mask).toHaveLength(mask.length);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(ImagingError);
        }
      }),
      { numRuns: 400, interruptAfterTimeLimit: 30_000 },
    );
    expect(refused).toBeGreaterThan(10);
  });
});
