/** Spreading against copying on the expert contours of labelled/sts: one JSON object on standard output. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNifti } from '../../../main/imaging';
import { spreadFrom } from '../../../main/imaging/mask/spread/spread';

const [folder, everyNth = '4'] = process.argv.slice(2);
const every = Number(everyNth);
const reach = 5;

const channels = [
  { name: 'CT', image: 'CT.nii.gz', truth: 'GTV.nii.gz' },
  { name: 'MR_T1', image: 'MR_T1.nii.gz', truth: 'GTV.nii.gz' },
  { name: 'PET', image: 'PET_native.nii.gz', truth: 'PET_native_GTV.nii.gz' },
] as const;

/** Sums over the slices of one patient, by distance from the slice spread from (index 0 is one slice away). */
interface Tally {
  readonly patient: string;
  readonly channel: string;
  readonly slices: number[];
  readonly offered: number[];
  readonly spread: number[];
  readonly copied: number[];
  readonly copiedAll: number[];
  beyond: number;
  rightlyEmpty: number;
  milliseconds: number;
}

const dsc = (a: Uint8Array, b: Uint8Array): number => {
  let [both, sum] = [0, 0];
  for (let v = 0; v < a.length; v++) {
    both += a[v] & b[v];
    sum += a[v] + b[v];
  }
  return sum === 0 ? 1 : (2 * both) / sum;
};
const zeros = (): number[] => new Array<number>(reach).fill(0);
const load = async (file: string) => (await readNifti(new Uint8Array(readFileSync(file)))).volumes[0];

const tallies: Tally[] = [];
for (const patient of readdirSync(folder).filter((name) => name.startsWith('STS_')))
  for (const channel of channels) {
    const file = join(folder, patient, channel.image);
    if (!existsSync(file)) continue;
    const image = await load(file);
    const truth = Uint8Array.from((await load(join(folder, patient, channel.truth))).voxels, (x) =>
      x > 0 ? 1 : 0,
    );
    const [nx, ny, nz] = image.geometry.size;
    const plane = (k: number): Uint8Array => truth.subarray(k * nx * ny, (k + 1) * nx * ny);
    const covered = (k: number): boolean =>
      channel.name !== 'MR_T1' || image.voxels.subarray(k * nx * ny, (k + 1) * nx * ny).some((x) => x !== 0);
    const tally: Tally = {
      patient,
      channel: channel.name,
      slices: zeros(),
      offered: zeros(),
      spread: zeros(),
      copied: zeros(),
      copiedAll: zeros(),
      beyond: 0,
      rightlyEmpty: 0,
      milliseconds: 0,
    };
    let runs = 0;
    for (let k = 1; k < nz - 1; k += every) {
      if (!plane(k).includes(1) || !covered(k)) continue;
      const mask = new Uint8Array(truth.length);
      mask.set(plane(k), k * nx * ny);
      const start = performance.now();
      const result = spreadFrom({
        voxels: image.voxels,
        geometry: image.geometry,
        mask,
        slice: k,
        reach,
        closed: new Set(),
        probability: null,
      });
      tally.milliseconds += performance.now() - start;
      runs++;
      const shapes = new Map(result.slices.map((s) => [s.slice, s.plane]));
      for (const way of [-1, 1])
        for (let d = 1; d <= reach; d++) {
          const at = k + d * way;
          if (at < 0 || at >= nz || !covered(at)) continue;
          const shape = shapes.get(at);
          if (!plane(at).includes(1)) {
            tally.beyond++;
            if (!shape) tally.rightlyEmpty++;
            continue;
          }
          tally.slices[d - 1]++;
          const copied = dsc(plane(k), plane(at));
          tally.copiedAll[d - 1] += copied;
          if (!shape) continue;
          tally.offered[d - 1]++;
          tally.spread[d - 1] += dsc(shape, plane(at));
          tally.copied[d - 1] += copied;
        }
    }
    tally.milliseconds /= Math.max(1, runs);
    if (runs > 0) tallies.push(tally);
  }
console.log(JSON.stringify(tallies));
