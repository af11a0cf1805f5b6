import { Random } from '../random';
import { maskingOrder } from './order';
import { bodyPatches, patchesOf, patchLength, patchStatistics, type PatchGrid } from './patches';
import {
  ALL_READINGS,
  AS_PRINTED,
  describeReading,
  readClusters,
  type ClusterMethod,
  type PatchSelection,
  type Reading,
} from './reading';
import { twoMeans } from './two-means';

/** A slice and what a person contoured on it. */
export interface ContouredSlice {
  /** [size, size, channels], z-scored. */
  readonly image: Float32Array;
  /** [size, size], 1 inside the lesion. */
  readonly lesion: Uint8Array;
}

/** A patch is a lesion patch when at least this share of its pixels is inside the contour. */
export const LESION_SHARE = 0.1;

/** Which patches are lesion patches, [N]. */
export function lesionPatches(lesion: Uint8Array, grid: PatchGrid, share = LESION_SHARE): Uint8Array {
  const pixels = new Uint32Array(grid.count);
  for (let y = 0; y < grid.size; y++)
    for (let x = 0; x < grid.size; x++)
      if (lesion[y * grid.size + x])
        pixels[Math.floor(y / grid.patch) * grid.side + Math.floor(x / grid.patch)]++;
  return Uint8Array.from(pixels, (n) => (n > 0 && n >= share * grid.patch * grid.patch ? 1 : 0));
}

/** Table VII over slices: counts a slice, and the share of lesion patches in each category. */
export interface ClusterPrecision {
  readonly foreground: {
    readonly patches: number;
    readonly lesionPatches: number;
    readonly precision: number;
  };
  readonly background: {
    readonly patches: number;
    readonly lesionPatches: number;
    readonly precision: number;
  };
}

export interface ReadingPrecision {
  readonly reading: Reading;
  /** Share of lesion patches among those masked first (the first quarter unless told otherwise). */
  readonly precision: number;
  /** Share of lesion patches among those that take part in this reading: what its own patches in random order reach. */
  readonly chance: number;
  /** The same as `precision` of each slice that shows a lesion, in the order given. */
  readonly bySlice: readonly number[];
  readonly categories: ClusterPrecision;
}

export interface ReadingChoice {
  readonly reading: Reading;
  /** Every reading, most precise first. */
  readonly ranking: readonly ReadingPrecision[];
  /** Share of lesion patches among all patches, air and padding as well: what a random order of all reaches. */
  readonly chance: number;
  readonly slices: number;
  /** Whether the preferred reading was kept because the contours do not clearly speak for another. */
  readonly kept: boolean;
  /** For the person who contoured. */
  readonly sentence: string;
}

/**
 * Contours choose the reading: measures every reading on contoured slices and takes the one whose first masked
 * patches are most often lesion. Only slices of patients that the model is taught with may be given.
 * @param options.share how many of the patches that take part are masked first; the paper's σ0
 * @param options.preferred the reading in force; with few slices the best of 24 is often best by luck, so another
 * replaces it only where its advantage is more than twice its standard error
 * @throws RangeError where no slice has a lesion
 */
export function chooseReading(
  contoured: readonly ContouredSlice[],
  grid: PatchGrid,
  channels: number,
  options: ChoiceOptions = {},
): ReadingChoice {
  const readings = options.readings ?? ALL_READINGS;
  const { tallies, lesion, slices } = measure(contoured, grid, channels, readings, options);
  if (slices === 0)
    throw new RangeError(
      'None of the contoured slices shows a lesion; contour one before choosing a reading.',
    );
  const ranking = readings
    .map((reading, i) => ({ reading, ...tallies[i].figures(slices) }))
    .sort((a, b) => b.precision - a.precision);
  const chance = lesion / (slices * grid.count);
  const find = (reading: Reading): ReadingPrecision | undefined =>
    ranking.find((r) => same(r.reading, reading));
  const preferred = options.preferred && find(options.preferred);
  const kept = preferred !== undefined && !clearlyBetter(ranking[0].bySlice, preferred.bySlice);
  const chosen = kept ? preferred : ranking[0];
  const printed = find(AS_PRINTED);
  const percent = (v: number): string => `${Math.round(v * 100)} %`;
  const sentence =
    `On ${slices} contoured ${slices === 1 ? 'slice' : 'slices'}, ${percent(chosen.precision)} of the patches ` +
    `masked first show the lesion (${describeReading(chosen.reading)}); ${percent(chosen.chance)} would by chance` +
    `${printed ? `, ${percent(printed.precision)} with the paper's order` : ''}.`;
  return { reading: chosen.reading, ranking, chance, slices, kept, sentence };
}

/** Lesion-patch precision of one reading, Table VII; null where no slice has a lesion. */
export function readingPrecision(
  contoured: readonly ContouredSlice[],
  grid: PatchGrid,
  channels: number,
  reading: Reading,
  options: { readonly seed?: number; readonly share?: number; readonly method?: ClusterMethod } = {},
): (ReadingPrecision & { readonly slices: number }) | null {
  const { tallies, slices } = measure(contoured, grid, channels, [reading], options);
  return slices === 0 ? null : { reading, ...tallies[0].figures(slices), slices };
}

interface MeasureOptions {
  readonly seed?: number;
  readonly share?: number;
  readonly method?: ClusterMethod;
}

export interface ChoiceOptions {
  readonly seed?: number;
  readonly share?: number;
  readonly readings?: readonly Reading[];
  readonly preferred?: Reading;
}

const same = (a: Reading, b: Reading): boolean => describeReading(a) === describeReading(b);

/** Whether `a` is better than `b` on the same slices by more than twice the standard error. */
function clearlyBetter(a: readonly number[], b: readonly number[]): boolean {
  const n = a.length;
  if (n < 2) return false;
  const d = a.map((v, i) => v - b[i]);
  const mean = d.reduce((s, v) => s + v, 0) / n;
  const variance = d.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1);
  return mean > 2 * Math.sqrt(variance / n);
}

function measure(
  contoured: readonly ContouredSlice[],
  grid: PatchGrid,
  channels: number,
  readings: readonly Reading[],
  { seed = 1, share = 0.25, method = twoMeans }: MeasureOptions,
): { tallies: Tally[]; lesion: number; slices: number } {
  const tallies = readings.map(() => new Tally());
  let lesion = 0;
  let slices = 0;
  contoured.forEach(({ image, lesion: mask }, s) => {
    const truth = lesionPatches(mask, grid);
    const here = truth.reduce((a, b) => a + b, 0);
    if (here === 0) return;
    slices++;
    lesion += here;
    const select = selector(image, grid, channels, method, seed, s);
    readings.forEach((reading, i) => tallies[i].add(select(reading), truth, share));
  });
  return { tallies, lesion, slices };
}

/** Clusters one slice at most four times, however many readings ask. */
function selector(
  image: Float32Array,
  grid: PatchGrid,
  channels: number,
  method: ClusterMethod,
  seed: number,
  slice: number,
): (reading: Reading) => PatchSelection {
  const patches = new Float32Array(grid.count * patchLength(grid, channels));
  patchesOf(image, grid, channels, patches);
  const body = bodyPatches(image, patches, grid, channels);
  const all = new Uint8Array(grid.count).fill(1);
  const known = new Map<string, ReturnType<ClusterMethod>>();
  return (reading) => {
    const takesPart = reading.patches === 'body' ? body : all;
    const key = `${reading.clusterOn} ${reading.patches}`;
    let clusters = known.get(key);
    if (!clusters) {
      const points = reading.clusterOn === 'raw' ? patches : patchStatistics(patches, grid.count, channels);
      clusters = method(points, grid.count, new Random(seed, slice), takesPart);
      known.set(key, clusters);
    }
    return readClusters(clusters, takesPart, reading);
  };
}

/** Counts of one reading over slices. */
class Tally {
  private masked = 0;
  private hits = 0;
  private taking = 0;
  private lesionsTaking = 0;
  private readonly bySlice: number[] = [];
  private readonly patches = [0, 0];
  private readonly lesions = [0, 0];

  add(selection: PatchSelection, truth: Uint8Array, share: number): void {
    const taking = selection.takesPart.reduce((a, b) => a + b, 0);
    const first = Math.min(taking, Math.max(1, Math.floor(taking * share)));
    let hits = 0;
    for (const p of maskingOrder(selection).subarray(0, first)) hits += truth[p];
    this.hits += hits;
    this.masked += first;
    this.bySlice.push(first > 0 ? hits / first : 0);
    this.taking += taking;
    for (let p = 0; p < truth.length; p++) {
      if (selection.takesPart[p]) this.lesionsTaking += truth[p];
      this.patches[selection.label[p]]++;
      this.lesions[selection.label[p]] += truth[p];
    }
  }

  figures(slices: number): Omit<ReadingPrecision, 'reading'> {
    return {
      precision: this.masked > 0 ? this.hits / this.masked : 0,
      chance: this.taking > 0 ? this.lesionsTaking / this.taking : 0,
      bySlice: this.bySlice,
      categories: this.categories(slices),
    };
  }

  private categories(slices: number): ClusterPrecision {
    const of = (c: number) => ({
      patches: this.patches[c] / slices,
      lesionPatches: this.lesions[c] / slices,
      precision: this.patches[c] > 0 ? this.lesions[c] / this.patches[c] : 0,
    });
    return { foreground: of(1), background: of(0) };
  }
}
