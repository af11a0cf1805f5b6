import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ImageHeader } from '../../main/imaging/dicom/header';
import { masked } from '../../main/imaging/dicom/pixels';
import { Slices } from '../../main/imaging/dicom/slices';

const image = (change: Partial<ImageHeader> = {}): ImageHeader => ({
  rows: 2,
  columns: 3,
  samplesPerPixel: 1,
  photometric: 'MONOCHROME2',
  planar: false,
  bitsAllocated: 16,
  bitsStored: 16,
  highBit: 15,
  signed: true,
  floatBits: 0,
  modalityLut: false,
  lossy: null,
  imageType: [],
  gantryTilt: null,
  windows: [],
  storedFrames: 1,
  frames: [],
  ...change,
});

const stored = fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 6, maxLength: 6 });
const rescale = fc.record({
  slope: fc.constantFrom(1, 2, 0.5, 0.17),
  intercept: fc.constantFrom(0, -1024, 40_000, 0.25),
});

describe('rescaled slices', () => {
  test('property: every voxel is stored × slope + intercept of its own slice, whatever type holds it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(stored, rescale), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (slices, backwards) => {
          const target = new Slices(
            6,
            slices.map(([, r]) => r),
          );
          const order = slices.map((_, k) => k);
          for (const k of backwards ? order.reverse() : order)
            target.put(k, Int16Array.from(slices[k][0]), image());
          const whole = slices.every(([, r]) => Number.isInteger(r.slope) && Number.isInteger(r.intercept));
          expect(target.voxels instanceof Float32Array).toBe(!whole);
          slices.forEach(([values, { slope, intercept }], k) =>
            values.forEach((v, n) => {
              const expected = v * slope + intercept;
              expect(target.voxels[6 * k + n]).toBe(whole ? expected : Math.fround(expected));
            }),
          );
        },
      ),
    );
  });

  test('16 bits hold what fits; the first voxel that does not makes it 32', () => {
    const ct = new Slices(6, [
      { slope: 1, intercept: -1024 },
      { slope: 1, intercept: -1024 },
    ]);
    ct.put(0, Int16Array.of(0, 1, 2, 3, 4, -2000), image());
    expect(ct.voxels).toBeInstanceOf(Int16Array);
    ct.put(1, Int16Array.of(0, 1, 2, 3, 4, -32_768), image());
    expect(ct.voxels).toBeInstanceOf(Int32Array);
    expect([...ct.voxels]).toEqual([
      -1024, -1023, -1022, -1021, -1020, -3024, -1024, -1023, -1022, -1021, -1020, -33_792,
    ]);
  });

  test('a tile is cut out of its mosaic', () => {
    const mosaic = Int16Array.from({ length: 24 }, (_, n) => n);
    const target = new Slices(4, [{ slope: 1, intercept: 0 }]);
    target.put(0, mosaic, image({ rows: 4, columns: 6 }), [2, 2, 2, 2]);
    expect([...target.voxels]).toEqual([14, 15, 20, 21]);
  });

  test('property: stored bits are found among the allocated ones, sign and all', () => {
    const bits = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(bits, fc.nat(), fc.boolean(), fc.nat(), (bitsStored, value, signed, rubbish) => {
        const low = (rubbish >> 16) % (17 - bitsStored);
        const range = 2 ** bitsStored;
        const wanted = (value % range) - (signed && value % range >= range / 2 ? range : 0);
        const field = (value % range) << low;
        const others = rubbish & ~((range - 1) << low) & 0xffff;
        const raw = Uint16Array.of(field | others);
        const typed = signed ? new Int16Array(raw.buffer) : raw;
        const header = image({ bitsStored, highBit: low + bitsStored - 1, signed });
        expect(masked(typed, header)[0]).toBe(wanted);
      }),
    );
  });
});
