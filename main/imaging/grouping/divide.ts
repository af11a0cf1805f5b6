import type { HeaderOfFile } from './group';
import type { FrameKeys } from '../dicom/frames';
import { axesOf, dot, judgeStack, samePlace, type PlacedFrame } from './stack';

/** One slice that may become part of a volume. */
export interface Candidate {
  readonly file: HeaderOfFile;
  /** Rank of the file among those of its series, by path. */
  readonly order: number;
  readonly frame: PlacedFrame;
  readonly size: readonly [columns: number, rows: number];
}

/** Slices of one volume, sorted along the normal, or slices that nothing tells apart. */
export interface Part {
  readonly frames: readonly Candidate[];
  /** What tells this part from the others of its series. */
  readonly labels: readonly string[];
  readonly warnings: readonly string[];
  refusal?: string;
}

/** Largest difference of direction cosines within one volume: 0.06°, half a voxel over half a metre. */
const sameDirection = 1e-3;
const sameSpacing = 1e-4;

/** Divides the slices of one series into volumes. */
export function divide(candidates: readonly Candidate[]): Part[] {
  const groups = comparable(candidates);
  if (groups === null)
    return [
      {
        frames: candidates,
        labels: [],
        warnings: [],
        refusal: `Its series has slices in more than ${mostPlanes} different planes or sizes.`,
      },
    ];
  return groups.flatMap((group) => {
    const labels = groups.length > 1 ? [orientationLabel(group)] : [];
    return byKeys(sorted(group), groups.length > 1 && distinct(groups) ? labels : [], keyOrder);
  });
}

/** A localiser has three planes, a radial scan dozens; files made to keep us busy have thousands. */
const mostPlanes = 256;

/**
 * Groups of slices that could lie in one stack: same frame of reference, size, spacing and orientation; null where
 * there are too many.
 */
function comparable(candidates: readonly Candidate[]): Candidate[][] | null {
  const groups: Candidate[][] = [];
  for (const c of candidates) {
    const group = groups.find(([g]) => fits(g, c));
    if (group) group.push(c);
    else if (groups.length < mostPlanes) groups.push([c]);
    else return null;
  }
  return groups;
}

function fits(a: Candidate, b: Candidate): boolean {
  const near = (p: readonly number[], q: readonly number[], by: number): boolean =>
    p.every((value, n) => Math.abs(value - q[n]) <= by);
  return (
    a.file.frameOfReference === b.file.frameOfReference &&
    a.file.modality === b.file.modality &&
    a.file.pet?.units === b.file.pet?.units &&
    a.size[0] === b.size[0] &&
    a.size[1] === b.size[1] &&
    near(a.frame.spacing, b.frame.spacing, sameSpacing * Math.max(...a.frame.spacing)) &&
    near(a.frame.orientation[0], b.frame.orientation[0], sameDirection) &&
    near(a.frame.orientation[1], b.frame.orientation[1], sameDirection)
  );
}

const normalOf = (group: readonly Candidate[]) => axesOf(group[0].frame.orientation)[2];

/** Slices along increasing position on the normal; those at one place by instance number, then by file name. */
function sorted(group: readonly Candidate[]): Candidate[] {
  const w = normalOf(group);
  return group
    .map((c) => ({ c, at: dot(c.frame.position, w) }))
    .sort(
      (a, b) =>
        (Math.abs(a.at - b.at) < samePlace ? 0 : a.at - b.at) ||
        (a.c.file.instanceNumber ?? 0) - (b.c.file.instanceNumber ?? 0) ||
        a.c.order - b.c.order ||
        a.c.frame.stored - b.c.frame.stored,
    )
    .map(({ c }) => c);
}

interface Key {
  /** What differs; '' where the file does not say. */
  readonly of: (c: Candidate) => string | number;
  /** How a person reads it; `n` counts the parts from 1. */
  readonly words: (value: string | number, n: number) => string;
}
const tag = (key: keyof FrameKeys, words: Key['words']): Key => ({
  of: (c) => c.frame.keys[key] ?? '',
  words,
});

/** Keys by which slices at one place are told apart, the most meaningful first. */
const keyOrder: readonly Key[] = [
  tag('stack', (v) => `stack ${v}`),
  tag('component', (v) => String(v).toLowerCase()),
  tag('imageType', (v) => String(v).split('\\').join(' ')),
  tag('echo', (v) => `echo time ${round(v)} ms`),
  tag('inversion', (v) => `inversion time ${round(v)} ms`),
  tag('kernel', (v) => `kernel ${v}`),
  tag('kvp', (v) => `${round(v)} kV`),
  tag('bValue', (v) => `b ${round(v)}`),
  tag('direction', (_, n) => `direction ${n}`),
  tag('temporal', (v) => `time ${v}`),
  tag('trigger', (v) => `trigger time ${round(v)} ms`),
  tag('frameTime', (v) => `frame at ${round(Number(v) / 1000)} s`),
  // A file that holds several slices holds one volume of a series.
  {
    of: ({ file, order }) => ((file.image?.frames.length ?? 0) > 1 ? (file.instanceNumber ?? order) : ''),
    words: (_, n) => `time ${n}`,
  },
  tag('acquisition', (v) => `acquisition ${v}`),
  tag('acquisitionTime', (_, n) => `time ${n}`),
];

/** Divides by the first key that helps until every part has one slice a place, or no key is left. */
function byKeys(group: readonly Candidate[], labels: readonly string[], keys: readonly Key[]): Part[] {
  const places = placesOf(group);
  const most = Math.max(...places.map((p) => p.length));
  if (most === 1 && (group.length < 3 || judge(group) !== 'irregular'))
    return [{ frames: group, labels, warnings: [] }];
  for (const [n, key] of keys.entries()) {
    const parts = new Map<string | number, Candidate[]>();
    for (const c of group) {
      const value = key.of(c);
      const part = parts.get(value);
      if (part) part.push(c);
      else parts.set(value, [c]);
    }
    if (parts.size < 2 || !helps([...parts.values()], most, places.length)) continue;
    return [...parts.entries()]
      .sort(([a], [b]) => order(a, b))
      .flatMap(([value, part], index) =>
        byKeys(part, [...labels, key.words(value, index + 1)], keys.slice(n + 1)),
      );
  }
  if (most === 1) return [{ frames: group, labels, warnings: [] }];
  return byRank(group, places, most, labels);
}

/**
 * Whether a division makes volumes instead of shreds. With slices at one place: as many parts as slices there at
 * most, and fewer slices at one place than before. Without: every part is a regular stack of several slices.
 */
function helps(parts: readonly (readonly Candidate[])[], most: number, places: number): boolean {
  if (most === 1)
    return parts.length < places / 2 && parts.every((p) => p.length > 2 && judge(p) === 'regular');
  const after = Math.max(...parts.map((p) => Math.max(...placesOf(p).map((q) => q.length))));
  return parts.length <= most && after < most;
}

function judge(group: readonly Candidate[]): 'regular' | 'irregular' | 'unplaceable' {
  return judgeStack(
    group.map((c) => c.frame),
    group[0].size,
  ).kind;
}

/**
 * Nothing names the difference. Where every place has as many slices, and the instance numbers run through one
 * volume after the other or through the volumes at each place, their order tells; otherwise nothing is guessed.
 */
function byRank(
  group: readonly Candidate[],
  places: readonly (readonly Candidate[])[],
  most: number,
  labels: readonly string[],
): Part[] {
  const even = places.every((p) => p.length === most);
  const numbered = places.every(
    (p) =>
      new Set(p.map((c) => c.file.instanceNumber)).size === p.length &&
      p.every((c) => c.file.instanceNumber !== null),
  );
  const oneFile = new Set(group.map((c) => c.file.path)).size === 1;
  if (!even || !(numbered || oneFile)) {
    return [
      {
        frames: group,
        labels,
        warnings: [],
        refusal: `${most} slices of its series lie at the same place, and nothing in the files tells them apart.`,
      },
    ];
  }
  return Array.from({ length: most }, (_, rank) => ({
    frames: places.map((p) => p[rank]),
    labels: [...labels, `time ${rank + 1}`],
    warnings: ['Slices at the same place were told apart by the order of their numbers only.'],
  }));
}

/** Runs of slices at one place; `group` is sorted along the normal. */
function placesOf(group: readonly Candidate[]): Candidate[][] {
  const w = normalOf(group);
  const places: Candidate[][] = [];
  let last = NaN;
  for (const c of group) {
    const at = dot(c.frame.position, w);
    if (Math.abs(at - last) < samePlace) places[places.length - 1].push(c);
    else places.push([c]);
    last = at;
  }
  return places;
}

/** Whether several groups differ in their plane, so that naming it tells them apart. */
function distinct(groups: readonly (readonly Candidate[])[]): boolean {
  return new Set(groups.map(orientationLabel)).size > 1;
}

function orientationLabel(group: readonly Candidate[]): string {
  const [x, y, z] = normalOf(group).map(Math.abs);
  return z >= x && z >= y ? 'axial' : y >= x ? 'coronal' : 'sagittal';
}

const round = (v: string | number): string => String(Math.round(Number(v) * 100) / 100);
const order = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;
