import { expect, test } from 'vitest';
import { strokeDisc, strokeSphere } from '../../main/imaging/mask/brush';
import { combineMasks } from '../../main/imaging/mask/combine';
import { copySlice } from '../../main/imaging/mask/copy-slice';
import { fillHoles } from '../../main/imaging/mask/fill-holes';
import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import type { Flips } from '../../main/imaging/mask/flips';
import { growMask } from '../../main/imaging/mask/grow';
import { interpolateSlices } from '../../main/imaging/mask/interpolate';
import { keepLargestIsland, removeSmallIslands } from '../../main/imaging/mask/islands';
import { smoothMask } from '../../main/imaging/mask/smooth';
import { connectedThreshold } from '../../main/imaging/mask/threshold';
import {
  patientPoint,
  patientVector,
  toPatient,
  voxelCount,
  voxelIndex,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import type { VolumeId } from '../../preload/api';
import { annotation } from '../../renderer/state/annotation.svelte';
import { seeded } from '../annotation/random-edits';
import { JournalBridge } from './bridge';

/** Turned about the body's axis, as undo must not care how a scan lies. */
const geometry: VolumeGeometry = {
  size: [14, 12, 8],
  spacing: [1.5, 1.5, 3],
  origin: patientPoint(-20, 10, 5),
  axes: [patientVector(0.8, 0.6, 0), patientVector(-0.6, 0.8, 0), patientVector(0, 0, 1)],
};
const scan = Float32Array.from({ length: voxelCount(geometry) }, (_, v) => Math.sin(v * 0.7) * 100);
const length = 200;

type Random = () => number;
type Change = (mask: Uint8Array, random: Random) => Flips;

const upTo = (random: Random, n: number): number => Math.floor(random() * n);
const point = (random: Random): ReturnType<typeof patientPoint> =>
  toPatient(geometry, voxelIndex(random() * 14, random() * 12, upTo(random, 8)));
const axis = (random: Random): 0 | 1 | 2 => ([0, 1, 2] as const)[upTo(random, 3)];
const other = (random: Random): Uint8Array => {
  const rows = annotation.segments;
  return annotation.masks.of(rows[upTo(random, rows.length)].info.id);
};

/** Every kind of change that a tool of the window makes, by the function with which the tool makes it. */
const changes: Readonly<Record<string, Change>> = {
  brush: (mask, random) =>
    strokeDisc(
      mask,
      geometry,
      point(random),
      point(random),
      1 + 4 * random(),
      geometry.axes[axis(random)],
      1,
    ),
  eraser: (mask, random) =>
    strokeDisc(mask, geometry, point(random), point(random), 1 + 3 * random(), geometry.axes[2], 0),
  ball: (mask, random) => strokeSphere(mask, geometry, point(random), point(random), 4 * random(), 1),
  threshold: (mask, random) =>
    strokeSphere(mask, geometry, point(random), point(random), 6, 1, (offset) => scan[offset] > 30),
  contour: (mask, random) => {
    const [i, j, k] = [upTo(random, 14), upTo(random, 12), upTo(random, 8)];
    const corners = [
      [0, 0],
      [5, 1],
      [3, 6],
    ].map(([x, y]) => toPatient(geometry, voxelIndex(i + x, j + y, k)));
    return fillPolygon(mask, geometry, corners, geometry.axes[2], random() < 0.7 ? 1 : 0);
  },
  'fill holes': (mask, random) => fillHoles(mask, geometry, axis(random)),
  'largest island': (mask) => keepLargestIsland(mask, geometry),
  'small islands': (mask, random) => removeSmallIslands(mask, geometry, 0.05 * random()),
  grow: (mask) => growMask(mask, geometry, 1.6),
  shrink: (mask) => growMask(mask, geometry, -1.6),
  smooth: (mask) => smoothMask(mask, geometry, 1.5),
  combine: (mask, random) =>
    combineMasks(
      mask,
      other(random),
      (['union', 'subtract', 'intersect', 'difference'] as const)[upTo(random, 4)],
    ),
  copy: (mask, random) => copySlice(mask, geometry, 2, upTo(random, 8), upTo(random, 8)),
  interpolate: (mask, random) => interpolateSlices(mask, geometry, axis(random)),
  'threshold in a ball': (mask, random) => {
    const centre = point(random);
    return connectedThreshold(
      mask,
      scan,
      geometry,
      centre,
      { low: 0, high: Infinity },
      { centre, radiusMm: 7 },
    );
  },
};

/** All that a person sees of the segments, to be compared bit for bit. */
const picture = (): string =>
  JSON.stringify([
    annotation.segments.map((row) => [row.info, row.voxels, [...annotation.masks.of(row.info.id)].join('')]),
    [...annotation.reviewed].sort((a, b) => a - b),
  ]);

function act(random: Random, n: number): string {
  const rows = annotation.segments;
  const row = rows[upTo(random, Math.max(1, rows.length))];
  const choice = random();
  if (!row || (choice < 0.04 && rows.length < 5)) {
    annotation.addSegment(`S${n}`, 'Add');
    return 'add';
  }
  const { id } = row.info;
  if (choice < 0.06) {
    annotation.removeSegment(id, 'Remove');
    return 'remove';
  }
  if (choice < 0.1) {
    annotation.describeSegment(id, { name: `N${n}`, locked: random() < 0.5 }, 'Describe');
    return 'describe';
  }
  const kinds = Object.keys(changes);
  const kind = kinds[upTo(random, kinds.length)];
  annotation.change({
    name: kind,
    segmentId: id,
    flips: changes[kind](annotation.masks.of(id), random),
    reviewedSlices: random() < 0.3 ? [upTo(random, 8)] : [],
  });
  return kind;
}

test.each(Array.from({ length: 25 }, (_, n) => n + 1))(
  '200 operations of every kind are undone to the first state and redone to the last, bit for bit (seed %i)',
  async (seed) => {
    const bridge = new JournalBridge(geometry);
    bridge.install();
    await annotation.open('v' as VolumeId);
    const random = seeded(seed);
    const pictures = [picture()];
    const kinds = new Set<string>();
    for (let n = 0; n < length; n++) {
      // Now and then somebody goes back, and what they then do cuts off what was ahead.
      if (annotation.position > 3 && random() < 0.05)
        await annotation.moveTo(annotation.position - 1 - upTo(random, 3));
      pictures.length = annotation.position + 1;
      kinds.add(act(random, n));
      if (annotation.position === pictures.length) pictures.push(picture());
      else expect(picture()).toBe(pictures[annotation.position]);
    }
    const last = annotation.position;
    expect(last).toBeGreaterThan(60);
    for (let at = last; at > 0; at--) {
      expect(picture()).toBe(pictures[at]);
      await annotation.undo();
    }
    expect(picture()).toBe(pictures[0]);
    await annotation.moveTo(last);
    expect(picture()).toBe(pictures[last]);
    // Somewhere into the middle by one click in the list, and to the end step by step.
    const middle = upTo(random, last);
    await annotation.moveTo(middle);
    expect(picture()).toBe(pictures[middle]);
    while (annotation.position < last) await annotation.redo();
    expect(picture()).toBe(pictures[last]);
    await annotation.queue.settled();
    expect(bridge.position).toBe(last);
    expect(kinds.size).toBeGreaterThan(14);
  },
);
