import type { VolumeGeometry } from '../space/geometry';
import { blockOf, cutOut, type Block } from './block';
import { boxOfMask, grownBox, isEmpty, type Box } from './box';
import { labelRegions } from './regions';
import { mixedDistance, shapeOf, type Shape } from './shape';

/** What a proposal is to follow. */
export interface FollowInput {
  readonly geometry: VolumeGeometry;
  /** What was proposed, 0 or 1 on the grid. Read only. */
  readonly proposed: Uint8Array;
  /** The structure as a person has it; read on judged slices alone. */
  readonly drawn: Uint8Array;
  /** The slices (k) that a person has judged, in any order. */
  readonly judged: readonly number[];
}

/** Constants of {@link followCorrections}. */
export interface FollowConstants {
  /** How far the true border strays from what is interpolated, mm a mm to the nearest judged slice. */
  readonly stray: number;
  /** mm over which a correction fades beyond the outermost judged slices. */
  readonly fade: number;
  /** No correction moves the proposal further than this beyond them, mm. */
  readonly shift: number;
  /** No distance to the proposal's border counts for more than this, mm: an empty slice is this far outside. */
  readonly cap: number;
}

/** Chosen on eight patients of labelled/sts that no figure of the documents is from. */
const chosen: FollowConstants = { stray: 0.7, fade: 50, shift: 10, cap: 20 };

/**
 * A proposal that follows what a person corrected: on the slices that nobody has judged, the distance to its border is
 * shifted by what the corrections shifted it on the judged slices before and behind, mixed linearly. Near to a judged
 * slice little is left of the proposal, and the result is shape-based interpolation of what was drawn; far from all of
 * them it keeps what the proposal knows of the slices between. Beyond the outermost judged slices a correction fades; where that slice
 * was judged empty, what the proposal carries on from there ends.
 * @returns a mask; on judged slices it is the proposal as it was
 */
export function followCorrections(input: FollowInput, constants: FollowConstants = chosen): Uint8Array {
  const { geometry, proposed } = input;
  const nz = geometry.size[2];
  const judged = [...new Set(input.judged)].filter((k) => k >= 0 && k < nz).sort((a, b) => a - b);
  const follows = proposed.slice();
  if (judged.length === 0) return follows;
  const planes = new Planes(input, constants.cap);

  for (let n = 0; n + 1 < judged.length; n++) {
    const [from, to] = [judged[n], judged[n + 1]];
    for (let k = from + 1; k < to; k++) {
      const mm = Math.min(k - from, to - k) * geometry.spacing[2];
      planes.write(follows, k, between(planes, from, to, k, constants.stray * mm));
    }
  }
  for (const [from, step] of [
    [judged[0], -1],
    [judged[judged.length - 1], 1],
  ] as const) {
    const last = step === 1 ? nz - 1 : 0;
    if (from === last) continue;
    if (planes.drawn(from) === null) endBeyond(follows, proposed, geometry, from, step);
    // Where nothing was proposed, nothing was moved: what is proposed elsewhere is another matter.
    else if (holds(proposed, geometry, from))
      for (let k = from + step; k !== last + step; k += step)
        planes.write(follows, k, beyond(planes, from, k, constants));
  }
  return follows;
}

/**
 * The part of the grid that following is about, so that a lesion costs no more on a large scan.
 * @param whole the block that holds all that is proposed, where it is known
 * @returns null where nothing is proposed or nothing is judged
 */
export function cutForFollowing(
  input: FollowInput,
  whole: Box = boxOfMask(input.proposed, input.geometry.size),
): { readonly block: Block; readonly input: FollowInput } | null {
  const { geometry, proposed, drawn, judged } = input;
  const { size } = geometry;
  const perSlice = size[0] * size[1];
  if (isEmpty(whole) || judged.length === 0) return null;
  const held = judged
    .map((k) => boxOfMask(drawn.subarray(k * perSlice, (k + 1) * perSlice), [size[0], size[1], 1]))
    .filter((box) => !isEmpty(box));
  const low = (axis: 0 | 1): number => Math.min(whole.from[axis], ...held.map((box) => box.from[axis]));
  const high = (axis: 0 | 1): number => Math.max(whole.to[axis], ...held.map((box) => box.to[axis]));
  const box = { from: [low(0), low(1), 0], to: [high(0), high(1), size[2] - 1] } as const;
  const room = (axis: 0 | 1): number => Math.ceil(chosen.shift / geometry.spacing[axis]) + 1;
  const block = blockOf(grownBox(box, [room(0), room(1), 0], size));
  return {
    block,
    input: {
      geometry: { ...geometry, size: block.size },
      proposed: cutOut(proposed, size, block),
      drawn: cutOut(drawn, size, block),
      judged,
    },
  };
}

const holds = (mask: Uint8Array, { size }: VolumeGeometry, k: number): boolean =>
  mask.subarray(k * size[0] * size[1], (k + 1) * size[0] * size[1]).includes(1);

/** Slices as distances to a border, mm, positive inside. */
class Planes {
  private readonly kept = new Map<number, { drawn: Shape | null; proposed: Float64Array }>();
  private readonly perSlice: number;

  constructor(
    private readonly input: FollowInput,
    private readonly cap: number,
  ) {
    this.perSlice = input.geometry.size[0] * input.geometry.size[1];
  }

  get sliceSpacing(): number {
    return this.input.geometry.spacing[2];
  }

  /** What a person has on a judged slice; null where that is nothing. */
  drawn(k: number): Shape | null {
    return this.judged(k).drawn;
  }

  /** The distance to what a person has; an empty slice is `cap` outside. */
  drawnDistance(k: number): Float64Array {
    return this.drawn(k)?.distance ?? this.outside();
  }

  /** The proposal of a judged slice, which is asked for again and again. */
  proposedJudged(k: number): Float64Array {
    return this.judged(k).proposed;
  }

  proposed(k: number): Float64Array {
    const { cap } = this;
    return (
      this.shape(this.input.proposed, k)?.distance.map((d) => Math.min(cap, Math.max(-cap, d))) ??
      this.outside()
    );
  }

  write(mask: Uint8Array, k: number, distance: Float64Array): void {
    for (let p = 0; p < this.perSlice; p++) mask[k * this.perSlice + p] = distance[p] > 0 ? 1 : 0;
  }

  private judged(k: number): { drawn: Shape | null; proposed: Float64Array } {
    const known = this.kept.get(k);
    if (known) return known;
    const made = { drawn: this.shape(this.input.drawn, k), proposed: this.proposed(k) };
    this.kept.set(k, made);
    return made;
  }

  private outside(): Float64Array {
    return new Float64Array(this.perSlice).fill(-this.cap);
  }

  private shape(mask: Uint8Array, k: number): Shape | null {
    const { size, spacing } = this.input.geometry;
    const plane = mask.subarray(k * this.perSlice, (k + 1) * this.perSlice);
    return shapeOf(plane, size[0], size[1], [spacing[0], spacing[1]]);
  }
}

/**
 * Slice k between two judged ones: two guesses weighed by their errors, squared. What lies between the drawn shapes strays with
 * the distance; the proposal is as wrong as it was on the judged slices at this place.
 * @param strayed mm that the border may lie from what is interpolated
 */
function between(planes: Planes, from: number, to: number, k: number, strayed: number): Float64Array {
  const t = (k - from) / (to - from);
  const [first, second] = [planes.drawn(from), planes.drawn(to)];
  const ends = [planes.drawnDistance(from), planes.drawnDistance(to)] as const;
  const were = [planes.proposedJudged(from), planes.proposedJudged(to)] as const;
  const drawn =
    first && second ? mixedDistance(first, second, t) : ends[0].map((d, p) => (1 - t) * d + t * ends[1][p]);
  return planes.proposed(k).map((d, p) => {
    const wrong = (1 - t) * Math.abs(ends[0][p] - were[0][p]) + t * Math.abs(ends[1][p] - were[1][p]);
    const trust = strayed ** 2 / (strayed ** 2 + wrong ** 2);
    return drawn[p] + trust * (d - (1 - t) * were[0][p] - t * were[1][p]);
  });
}

/** Slice k beyond the outermost judged one. */
function beyond(planes: Planes, from: number, k: number, { fade, shift }: FollowConstants): Float64Array {
  const share = Math.exp((-Math.abs(k - from) * planes.sliceSpacing) / fade);
  const [drawn, expected] = [planes.drawnDistance(from), planes.proposedJudged(from)];
  return planes
    .proposed(k)
    .map((d, p) => d + share * Math.min(shift, Math.max(-shift, drawn[p] - expected[p])));
}

/** A slice was judged empty: what the proposal carries on from it, slice by slice, is no more proposed. */
function endBeyond(
  follows: Uint8Array,
  proposed: Uint8Array,
  g: VolumeGeometry,
  from: number,
  step: 1 | -1,
): void {
  const perSlice = g.size[0] * g.size[1];
  const first = step === 1 ? from : 0;
  const last = step === 1 ? g.size[2] - 1 : from;
  const part = proposed.subarray(first * perSlice, (last + 1) * perSlice);
  const { labels } = labelRegions(part, [g.size[0], g.size[1], last - first + 1], 1, 'faces');
  const at = (from - first) * perSlice;
  const ended = new Set(labels.subarray(at, at + perSlice));
  ended.delete(0);
  for (let v = 0; v < part.length; v++)
    if (ended.has(labels[v]) && Math.floor(v / perSlice) + first !== from) follows[first * perSlice + v] = 0;
}
