import { Random } from '../random';
import type { PatchSelection } from './reading';

/** ξ of eq. 3, which keeps the logarithm of 0 away. */
export const XI = 0.1;

/**
 * Category consistency of one patch, eq. 3; 0 where the label did not change. Both labels are 0 or 1.
 */
export function categoryConsistency(labelNew: number, labelOld: number): number {
  if (labelNew === labelOld) return 0;
  return -(labelNew * Math.log(labelOld + XI) + (1 - labelNew) * Math.log(1 - labelOld + XI));
}

/** Eq. 3 has one value for every changed label, −ln ξ ≈ 2.30: going up and going down weigh alike. */
export const CHANGED = -Math.log(XI);

/**
 * The label of a patch after its loss was seen (paper, III-C): agreement with "hard" (its loss is at least the mean)
 * keeps the label, disagreement draws it at random.
 */
export function updatedLabel(label: number, loss: number, mean: number, random: Random): number {
  const hard = loss >= mean ? 1 : 0;
  return hard === label ? label : random.below(2);
}

export interface LabelOptions {
  /** Share of the patches of each slice whose first label is wrong on purpose (Table IX). */
  readonly misclassified: number;
  /** Whether labels that were made wrong on purpose may be corrected (Table IX). */
  readonly correctMisclassified: boolean;
  readonly seed: number;
}

/**
 * The patch labels of every slice, on the grid of the full slice (METHOD: a crop moves its own grid, so labels are
 * kept here and carried). Losses of an epoch prepare the next labels; `endEpoch` puts them in force.
 */
export class PatchLabels {
  readonly slices: number;
  readonly patches: number;
  /** Labels in force, [slices, patches]. */
  private current: Uint8Array;
  private next: Uint8Array;
  /** 1 where the last `endEpoch` changed the label. */
  private changed: Uint8Array;
  private readonly frozen: Uint8Array | null;
  private readonly selections: readonly PatchSelection[];
  private readonly seed: number;

  constructor(selections: readonly PatchSelection[], options: LabelOptions) {
    this.selections = selections;
    this.slices = selections.length;
    this.patches = selections.length > 0 ? selections[0].label.length : 0;
    this.seed = options.seed;
    this.current = new Uint8Array(this.slices * this.patches);
    this.changed = new Uint8Array(this.current.length);
    selections.forEach((s, i) => this.current.set(s.label, i * this.patches));
    this.frozen = this.misclassify(options);
    this.next = this.current.slice();
  }

  selection(slice: number): PatchSelection {
    return this.selections[slice];
  }

  /** Labels in force for one slice, [patches]; a view. */
  labels(slice: number): Uint8Array {
    return this.current.subarray(slice * this.patches, (slice + 1) * this.patches);
  }

  /** Which labels of the slice changed at the last epoch's end, [patches]; a view. */
  changes(slice: number): Uint8Array {
    return this.changed.subarray(slice * this.patches, (slice + 1) * this.patches);
  }

  /**
   * Takes the losses of one sample.
   * @param under the full slice's patch below each patch of the sample
   * @param masked 1 where the sample's patch was masked; only those have a loss that means something
   * @param losses L_pred of each patch of the sample
   * @param epoch names the random stream, so that a resumed run draws the same labels
   * @returns L_ccl of the sample: eq. 3 averaged over its masked patches
   */
  observe(
    slice: number,
    under: Uint32Array,
    masked: Uint8Array,
    losses: Float32Array,
    epoch: number,
  ): number {
    const sum = new Float64Array(this.patches);
    const seen = new Uint16Array(this.patches);
    let total = 0;
    let count = 0;
    for (let q = 0; q < under.length; q++) {
      if (!masked[q]) continue;
      sum[under[q]] += losses[q];
      seen[under[q]]++;
      total += losses[q];
      count++;
    }
    if (count === 0) return 0;
    const mean = total / count;
    const random = new Random(this.seed, 3, epoch, slice);
    let consistency = 0;
    for (let p = 0; p < this.patches; p++) {
      if (seen[p] === 0) continue;
      const at = slice * this.patches + p;
      if (this.frozen?.[at]) continue;
      this.next[at] = updatedLabel(this.current[at], sum[p] / seen[p], mean, random);
      consistency += seen[p] * categoryConsistency(this.next[at], this.current[at]);
    }
    return consistency / count;
  }

  /** The new labels replace the old ones. @returns the number of labels that changed */
  endEpoch(): number {
    let count = 0;
    for (let i = 0; i < this.current.length; i++) {
      this.changed[i] = this.next[i] !== this.current[i] ? 1 : 0;
      count += this.changed[i];
    }
    this.current.set(this.next);
    return count;
  }

  /** Everything that `load` needs, [3, slices, patches]: in force, next, changed. */
  state(): Float32Array {
    const n = this.current.length;
    const state = new Float32Array(3 * n);
    state.set(this.current);
    state.set(this.next, n);
    state.set(this.changed, 2 * n);
    return state;
  }

  /** @throws RangeError if the state is that of other slices. */
  load(state: Float32Array): void {
    const n = this.current.length;
    if (state.length !== 3 * n)
      throw new RangeError('The saved patch labels belong to other slices; start the learning anew.');
    this.current = Uint8Array.from(state.subarray(0, n));
    this.next = Uint8Array.from(state.subarray(n, 2 * n));
    this.changed = Uint8Array.from(state.subarray(2 * n));
  }

  private misclassify(options: LabelOptions): Uint8Array | null {
    if (options.misclassified <= 0) return null;
    const wrong = new Uint8Array(this.current.length);
    this.selections.forEach((selection, slice) => {
      const random = new Random(options.seed, 9, slice);
      let left = Math.round(options.misclassified * selection.takesPart.reduce((a, b) => a + b, 0));
      for (const p of random.permutation(this.patches)) {
        if (left === 0) break;
        if (!selection.takesPart[p]) continue;
        const at = slice * this.patches + p;
        this.current[at] = 1 - this.current[at];
        wrong[at] = 1;
        left--;
      }
    });
    return options.correctMisclassified ? null : wrong;
  }
}
