import fc from 'fast-check';
import type { Edit, SegmentInfo } from '../../preload/api';
import { patientPoint, patientVector, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { SegmentState } from '../../main/annotation/state';

/** A small grid: 6 × 5 × 4 voxels. */
export const smallGrid: VolumeGeometry = {
  size: [6, 5, 4],
  spacing: [1, 1, 3],
  origin: patientPoint(-10, 20, 5),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
};
const VOXELS = 120;

const segment = (id: string, name = id): SegmentInfo => ({
  id,
  name,
  color: [10, 20, 30],
  generation: 'MANUAL',
  locked: false,
});

export const randomRuns = (random: () => number, voxels = VOXELS): Uint32Array => {
  const runs: number[] = [];
  let at = Math.floor(random() * 20);
  while (at < voxels && random() < 0.85) {
    const length = 1 + Math.floor(random() * 9);
    if (at + length > voxels) break;
    runs.push(at, length);
    at += length + 1 + Math.floor(random() * 15);
  }
  return Uint32Array.from(runs);
};

/** An edit that fits the segments there are. `n` makes identities unique. */
export function randomEdit(random: () => number, segments: readonly SegmentState[], n: number): Edit {
  const pick = segments[Math.floor(random() * segments.length)];
  const choice = random();
  if (!pick || choice < 0.1)
    return { kind: 'add-segment', name: `Add ${n}`, segment: segment(`s${n}`), mask: randomRuns(random) };
  if (choice < 0.18)
    return { kind: 'remove-segment', name: `Remove ${n}`, segment: pick.info, mask: pick.runs };
  if (choice < 0.28)
    return {
      kind: 'describe-segment',
      name: `Rename ${n}`,
      before: pick.info,
      after: { ...pick.info, name: `name ${n}`, code: { value: String(n), scheme: 'SCT', meaning: 'x' } },
    };
  return {
    kind: 'flip',
    name: `Brush ${n}`,
    segmentId: pick.info.id,
    flips: randomRuns(random),
    reviewedSlices: random() < 0.3 ? [Math.floor(random() * 4)] : [],
  };
}

/** A seeded source of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Ascending, disjoint, touching or not, within `voxels`. */
export const anyRuns = (voxels: number): fc.Arbitrary<Uint32Array> =>
  fc.uniqueArray(fc.nat(voxels - 1), { maxLength: 40 }).map((starts) => {
    const runs: number[] = [];
    let end = 0;
    for (const start of starts.sort((a, b) => a - b)) {
      if (start < end) continue;
      const length = Math.min(voxels - start, 1 + (start % 7));
      runs.push(start, length);
      end = start + length;
    }
    return Uint32Array.from(runs);
  });

/** Everything of a case that people see, to be compared bit for bit. */
export const pictureOf = (segments: readonly SegmentState[]): string =>
  JSON.stringify(segments.map(({ info, runs }) => [info, [...runs]]));
