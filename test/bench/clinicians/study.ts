/** Contouring to DSC 0.90 by simulated clinicians on labelled/sts: one JSON object on standard output. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNifti } from '../../../main/imaging';
import { applyFlips, flipsBetween } from '../../../main/imaging/mask/flips';
import { followCorrections } from '../../../main/imaging/mask/follow';
import { interpolateSlices } from '../../../main/imaging/mask/interpolate';
import { probabilityOf } from '../../../main/imaging/mask/spread/probability';
import { spreadFrom } from '../../../main/imaging/mask/spread/spread';
import type { Volume } from '../../../main/imaging/volume';
import { dice, overlap } from '../../../models/metrics';
import { Random } from '../../../models/random';
import { Hand, intended, type Effort } from './clinician';

interface Config {
  readonly data: string;
  /** One folder of proposals a channel: <folder>/proposals-<channel>/<patient>/…. */
  readonly proposals: string;
  readonly patients: readonly string[];
  readonly channels: readonly { readonly name: string; readonly truth: string }[];
  readonly seeds: readonly number[];
  readonly noise: { readonly sd: number; readonly length: number };
  /** Differences that stay within this distance of what is meant are let be, mm. */
  readonly tolerance: number;
  readonly goal: number;
  readonly reach: number;
}

export const arms = [
  'manual',
  'interpolation',
  'proposal',
  'proposal, spreading',
  'proposal, interpolation',
  'proposal, following',
] as const;
/** Ways of working in which slices between judged ones are filled; such a clinician begins with both ends and the middle. */
const fills: readonly (typeof arms)[number][] = [
  'interpolation',
  'proposal, interpolation',
  'proposal, following',
];
export interface Row extends Effort {
  readonly patient: string;
  readonly channel: string;
  readonly seed: number;
  readonly arm: (typeof arms)[number];
  readonly slices: number;
  readonly reached: boolean;
  readonly dsc: number;
  /** DSC of the proposal as it came; of nothing where the arm has none. */
  readonly start: number;
}

const config = JSON.parse(process.argv[2]) as Config;
const load = async (file: string): Promise<Volume> =>
  (await readNifti(new Uint8Array(readFileSync(file)))).volumes[0];
const maskOf = (volume: Volume): Uint8Array => Uint8Array.from(volume.voxels, (x) => (x > 0 ? 1 : 0));

/** One clinician at one scan, slice after slice, always the one that is most wrong to their eye. */
function contour(
  image: Volume,
  expert: Uint8Array,
  meant: Uint8Array,
  arm: Row['arm'],
  proposal: { readonly mask: Uint8Array; readonly probability: Float32Array },
): Omit<Row, 'patient' | 'channel' | 'seed'> {
  const { geometry } = image;
  const [nx, ny, nz] = geometry.size;
  const n = nx * ny;
  const hand = new Hand(new Uint8Array(expert.length), geometry, config.tolerance);
  const now = (): number => dice(overlap(hand.mask, expert));
  const judged = new Set<number>();
  const slice = (mask: Uint8Array, k: number): Uint8Array => mask.subarray(k * n, (k + 1) * n);
  const wrong = (mask: Uint8Array, k: number): number => {
    let differ = 0;
    for (let v = k * n; v < (k + 1) * n; v++) if (mask[v] !== meant[v]) differ++;
    return differ;
  };
  if (arm.startsWith('proposal')) hand.command(flipsBetween(hand.mask, proposal.mask));
  const start = now();
  const lesion = Array.from({ length: nz }, (_, k) => k).filter((k) => slice(meant, k).includes(1));
  const planned = fills.includes(arm)
    ? [lesion[0], lesion[lesion.length - 1], lesion[lesion.length >> 1]]
    : [];
  while (now() < config.goal && judged.size < nz) {
    const open = Array.from({ length: nz }, (_, k) => k).filter((k) => !judged.has(k));
    const first = planned.shift();
    const next = first ?? open.reduce((a, b) => (wrong(hand.mask, b) > wrong(hand.mask, a) ? b : a));
    if (judged.has(next)) continue;
    if (first === undefined && wrong(hand.mask, next) === 0) break;
    // What follows is dashed until somebody corrects it; the other ways begin by taking all of it over.
    hand.correct(next, meant, arm === 'proposal, following' && slice(hand.mask, next).includes(1));
    judged.add(next);
    // The window does it by itself whenever a slice was judged: no command.
    if (arm === 'proposal, following')
      hand.mask.set(
        followed(hand.mask, (drawn) =>
          followCorrections({ geometry, proposed: proposal.mask, drawn, judged: [...judged] }),
        ),
      );
    if (arm.endsWith('interpolation') && planned.length === 0) {
      // Between the slices that a person judged, and those alone.
      const after = followed(hand.mask, (drawn) => {
        for (const k of open) if (k !== next) slice(drawn, k).fill(0);
        applyFlips(drawn, interpolateSlices(drawn, geometry, 2));
        return drawn;
      });
      hand.command(flipsBetween(hand.mask, after));
    }
    if (arm === 'proposal, spreading' && slice(hand.mask, next).includes(1)) {
      const offered = spreadFrom({
        voxels: image.voxels,
        geometry,
        mask: hand.mask,
        slice: next,
        reach: config.reach,
        closed: judged,
        probability: proposal.probability,
      });
      hand.command(new Uint32Array(0));
      // Accepted where it is nearer to what they mean than what is there: all at once, or slice by slice.
      const nearer = offered.slices.flatMap(({ slice: k, plane }) => {
        const after = hand.mask.slice();
        after.set(plane, k * n);
        return wrong(after, k) < wrong(hand.mask, k) ? [{ k, plane }] : [];
      });
      const portions = nearer.length === offered.slices.length ? [nearer] : nearer.map((one) => [one]);
      for (const portion of portions) {
        if (portion.length === 0) continue;
        const after = hand.mask.slice();
        for (const { k, plane } of portion) after.set(plane, k * n);
        hand.command(flipsBetween(hand.mask, after));
      }
    }
  }

  /** The mask with its judged slices as they are, and the others as something makes them of a copy. */
  function followed(mask: Uint8Array, make: (copy: Uint8Array) => Uint8Array): Uint8Array {
    const made = make(mask.slice());
    for (const k of judged) slice(made, k).set(slice(mask, k));
    return made;
  }
  return { arm, ...hand.effort, slices: judged.size, reached: now() >= config.goal, dsc: now(), start };
}

const rows: Row[] = [];
for (const channel of config.channels)
  for (const patient of config.patients) {
    const folder = join(config.proposals, `proposals-${channel.name}`, patient);
    const found = ['GTV', channel.truth].map((name) => join(folder, `${name}.nii.gz`)).find(existsSync);
    const file = join(config.data, patient, `${channel.name}.nii.gz`);
    if (!found || !existsSync(file)) continue;
    const image = await load(file);
    const expert = maskOf(await load(join(config.data, patient, `${channel.truth}.nii.gz`)));
    const proposed = maskOf(await load(found));
    const uncertain = join(folder, 'uncertainty.nii.gz');
    const entropy = existsSync(uncertain)
      ? Uint8Array.from((await load(uncertain)).voxels)
      : new Uint8Array(proposed.length).fill(100);
    const proposal = { mask: proposed, probability: probabilityOf(proposed, entropy) };
    for (const seed of config.seeds) {
      const random = new Random(seed, Number(patient.slice(-3)));
      const meant = intended(expert, image.geometry, config.noise.sd, config.noise.length, () =>
        random.uniform(),
      );
      for (const arm of arms)
        rows.push({ patient, channel: channel.name, seed, ...contour(image, expert, meant, arm, proposal) });
    }
  }
console.log(JSON.stringify(rows));
