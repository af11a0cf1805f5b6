import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyFlips } from '../../../main/imaging/mask/flips';
import { mendBorder } from '../../../main/imaging/mask/mend';
import { sectionOfMask } from '../../../main/imaging/mask/section';
import {
  patientPoint,
  patientVector,
  toPatient,
  voxelIndex,
  type PatientPoint,
  type VolumeGeometry,
} from '../../../main/imaging/space/geometry';
import { cross } from '../../../main/imaging/space/vectors';

const size = [64, 60, 5] as const;
/** Oblique: turned by 30 degrees about x and by 20 about z. */
const [c, s, d, e] = [Math.cos(0.52), Math.sin(0.52), Math.cos(0.35), Math.sin(0.35)];
const oblique: VolumeGeometry = {
  origin: patientPoint(-20, 13, 40),
  axes: [patientVector(d, e * c, e * s), patientVector(-e, d * c, d * s), patientVector(0, -s, c)],
  spacing: [1, 1.25, 3],
  size,
};
const [cx, cy] = [32, 37];
type Inside = (x: number, y: number) => boolean;
/** A shape on each slice, by mm along the grid. */
const drawn = (inside: Inside): Uint8Array =>
  Uint8Array.from({ length: size[0] * size[1] * size[2] }, (_, v) => {
    const [i, j] = [v % size[0], Math.floor(v / size[0]) % size[1]];
    return inside(i, 1.25 * j) ? 1 : 0;
  });
const disc =
  (radius: number, x0 = cx, y0 = cy): Inside =>
  (x, y) =>
    Math.hypot(x - x0, y - y0) < radius;
const ring: Inside = (x, y) => disc(20)(x, y) && !disc(10)(x, y);
const K = 2;
const at = (x: number, y: number): PatientPoint => toPatient(oblique, voxelIndex(x, y / 1.25, K));
/** An arc about the middle, angles in degrees. */
const arc = (radius: number, from: number, to: number, steps = 60): PatientPoint[] =>
  Array.from({ length: steps + 1 }, (_, n) => {
    const angle = ((from + ((to - from) * n) / steps) * Math.PI) / 180;
    return at(cx + radius * Math.cos(angle), cy + radius * Math.sin(angle));
  });
const normal = cross(oblique.axes[0], oblique.axes[1]);
const outlines = (mask: Uint8Array): ReturnType<typeof sectionOfMask> =>
  sectionOfMask(mask, oblique, {
    origin: at(0, 0),
    u: oblique.axes[0],
    v: oblique.axes[1],
    size: [64, 75],
    spacing: [1, 1],
  });
function mended(mask: Uint8Array, line: readonly PatientPoint[], reach = 8): Uint8Array | null {
  const flips = mendBorder(mask, oblique, line, outlines(mask), normal, reach);
  if (!flips) return null;
  const after = mask.slice();
  applyFlips(after, flips);
  return after;
}
/** Voxels of the slice that are not as a shape says, those within `tolerance` mm of where it changes let be. */
function misplaced(mask: Uint8Array, inside: Inside, tolerance = 1): number {
  let wrong = 0;
  for (let j = 0; j < size[1]; j++)
    for (let i = 0; i < size[0]; i++) {
      const [x, y] = [i, 1.25 * j];
      const sure = [-tolerance, 0, tolerance].flatMap((a) =>
        [-tolerance, 0, tolerance].map((b) => inside(x + a, y + b)),
      );
      if (sure.some((one) => one !== sure[0])) continue;
      if (mask[(K * size[1] + j) * size[0] + i] !== (sure[0] ? 1 : 0)) wrong++;
    }
  return wrong;
}
const angleOf = (x: number, y: number): number => ((Math.atan2(y - cy, x - cx) * 180) / Math.PI + 360) % 360;

describe('a line that redraws part of a border', () => {
  test.each([
    ['outwards', 24, 20, 100],
    ['inwards', 15, 20, 100],
    ['most of the way round, outwards', 25, 10, 330],
    ['most of the way round, far inwards', 10, 10, 330],
  ])('%s', (_, radius, from, to) => {
    const line = [...arc(20, from - 2, from - 1, 3), ...arc(radius, from, to), ...arc(20, to + 1, to + 2, 3)];
    const after = mended(drawn(disc(20)), line, 12);
    const wanted: Inside = (x, y) => disc(angleOf(x, y) >= from && angleOf(x, y) <= to ? radius : 20)(x, y);
    expect(after && misplaced(after, wanted, 1.5)).toBe(0);
  });

  test('mends what was too far out and too far in with one stroke', () => {
    // Two discs beside each other: the wrong one lies to the left, the one meant to the right.
    const wrong = drawn(disc(16, cx - 5));
    const meant = Array.from({ length: 120 }, (_, n) => {
      const angle = (2 * Math.PI * (n + 0.5)) / 121;
      return at(cx + 5 + 16 * Math.cos(angle), cy + 16 * Math.sin(angle));
    });
    const after = mended(wrong, meant, 12);
    expect(after && misplaced(after, disc(16, cx + 5), 1.5)).toBeLessThan(12);
  });

  test('moves the border of a hole and leaves the outer one', () => {
    const before = drawn(ring);
    const line = [...arc(10, 38, 39, 2), ...arc(14, 40, 140), ...arc(10, 141, 142, 2)];
    const after = mended(before, line);
    const wanted: Inside = (x, y) =>
      disc(20)(x, y) && !disc(angleOf(x, y) >= 40 && angleOf(x, y) <= 140 ? 14 : 10)(x, y);
    expect(after && misplaced(after, wanted, 1.5)).toBe(0);
  });

  test('leaves other slices and other parts as they are', () => {
    const before = drawn((x, y) => disc(12)(x, y) || disc(4, 8, 8)(x, y));
    const after = mended(before, [...arc(12, 0, 2, 2), ...arc(16, 4, 90), ...arc(12, 92, 94, 2)]);
    if (!after) throw new Error('Nothing was mended.');
    for (let v = 0; v < after.length; v++) {
      const [i, j, k] = [v % size[0], Math.floor(v / size[0]) % size[1], Math.floor(v / (size[0] * size[1]))];
      if (k !== K || disc(5, 8, 8)(i, 1.25 * j)) expect(after[v]).toBe(before[v]);
    }
  });

  test('that begins nowhere near a border changes nothing, and says so', () => {
    const before = drawn(disc(10));
    expect(mended(before, arc(30, 0, 60))).toBeNull();
    expect(
      mended(
        drawn(() => false),
        arc(10, 0, 60),
      ),
    ).toBeNull();
    expect(mended(before, [at(cx + 10, cy)])).toBeNull();
  });

  test('drawn along the border changes nothing beyond the grain of the voxels, whichever way and from wherever', () => {
    const before = drawn(disc(18));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 359 }),
        fc.integer({ min: 20, max: 300 }),
        fc.boolean(),
        (from, span, back) => {
          const line = arc(18, from, from + span);
          const after = mended(before, back ? line.reverse() : line);
          expect(after && misplaced(after, disc(18), 1.3)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
