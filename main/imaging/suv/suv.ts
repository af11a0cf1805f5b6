import type { PetTags } from '../dicom/pet-tags';
import type { VoxelUnit } from '../volume';
import { leanBodyMass, bodySurface } from './body';
import { decayedDose } from './decay';

/** Standardised uptake value by body weight (g/ml), lean body mass (SUL, g/ml) or body surface (cm²/ml). */
export type SuvKind = 'bw' | 'lbm' | 'bsa';

/** For each kind, the factor from a voxel in the file's unit to SUV, or the sentence that says why there is none. */
export interface SuvVerdict {
  readonly bw: SuvAnswer;
  readonly lbm: SuvAnswer;
  readonly bsa: SuvAnswer;
}
export type SuvAnswer = { readonly factor: number } | { readonly reason: string };

export const suvUnit: Readonly<Record<SuvKind, VoxelUnit>> = { bw: 'SUVbw', lbm: 'SUVlbm', bsa: 'SUVbsa' };

const no = (reason: string): SuvAnswer => ({ reason });
const none = (reason: string): SuvVerdict => ({ bw: no(reason), lbm: no(reason), bsa: no(reason) });

/**
 * Whether the tags of a PET volume give SUV, and by which factors (QIBA's SUV pseudo-code; PS3.3 C.8.9.1.1.3).
 * Nothing is assumed: a tag that is missing or contradicts another gives a sentence instead of a factor.
 * @param slices the tags of every slice of one volume.
 */
export function suvVerdict(slices: readonly PetTags[]): SuvVerdict {
  const [first] = slices;
  if (!first) return none('There are no PET slices.');
  for (const key of sameOverSeries)
    if (slices.some((s) => JSON.stringify(s[key]) !== JSON.stringify(first[key])))
      return none(`The slices contradict each other about ${names[key]}.`);

  switch (first.units) {
    case 'GML':
      return alreadySuv(first);
    case 'BQML':
      return fromActivity(slices, 1);
    case 'CNTS': {
      // Philips: one unit of the rescaled image is so much SUVbw, or so much Bq/ml.
      if (first.philipsSuvFactor !== null && first.philipsSuvFactor > 0)
        return fromBodyWeight(first, first.philipsSuvFactor);
      if (first.philipsActivityFactor !== null && first.philipsActivityFactor > 0)
        return fromActivity(slices, first.philipsActivityFactor);
      return none('The voxels are counts, and the file gives no factor from counts to activity.');
    }
    case '':
      return none('The file does not say in which unit its voxels are (Units is absent).');
    default:
      return none(`The voxels are in ${first.units}, from which SUV does not follow.`);
  }
}

const names = {
  units: 'the unit of their voxels',
  suvType: 'the type of SUV',
  correctedImage: 'their corrections',
  decayCorrection: 'the decay correction',
  weightKg: "the patient's weight",
  heightM: "the patient's height",
  sex: "the patient's sex",
  halfLifeSeconds: 'the half-life',
  doseBq: 'the injected activity',
  injectionTime: 'the time of injection',
  injectionDateTime: 'the time of injection',
  seriesDate: 'the date of the series',
  seriesTime: 'the time of the series',
  philipsSuvFactor: 'the SUV factor',
  philipsActivityFactor: 'the activity factor',
} as const;
const sameOverSeries = Object.keys(names) as (keyof typeof names)[];

/** GML without SUV Type means body weight (PS3.3 C.8.9.1). */
function alreadySuv(tags: PetTags): SuvVerdict {
  const kind = tags.suvType === '' ? 'BW' : tags.suvType;
  if (kind === 'BW') return fromBodyWeight(tags, 1);
  const reason = `The voxels are SUV of type ${kind}; the others do not follow from it without guessing.`;
  return {
    bw: no(reason),
    lbm: kind.startsWith('LBM') ? { factor: 1 } : no(reason),
    bsa: no(reason),
  };
}

/** @param scale Bq/ml of one unit of the rescaled image. */
function fromActivity(slices: readonly PetTags[], scale: number): SuvVerdict {
  const [first] = slices;
  if (!first.correctedImage.includes('ATTN')) return none('The image is not corrected for attenuation.');
  const dose = decayedDose(slices);
  if ('reason' in dose) return none(dose.reason);
  const weight = first.weightKg;
  if (weight === null || weight <= 0) return none("The patient's weight is absent.");
  if (weight > 500 || weight < 0.3) return none(`The patient's weight (${weight} kg) cannot be right.`);
  return fromBodyWeight(first, (scale * weight * 1000) / dose.becquerel);
}

/** The other kinds follow from SUVbw by the ratio of masses. */
function fromBodyWeight(tags: PetTags, bw: number): SuvVerdict {
  const { weightKg, heightM, sex } = tags;
  if (weightKg === null || weightKg <= 0) {
    const reason = "The patient's weight is absent.";
    return { bw: { factor: bw }, lbm: no(reason), bsa: no(reason) };
  }
  if (heightM === null || heightM <= 0 || heightM > 2.8 || heightM < 0.3) {
    const reason = "The patient's height is absent or cannot be right.";
    return { bw: { factor: bw }, lbm: no(reason), bsa: no(reason) };
  }
  const lean = leanBodyMass(weightKg, heightM, sex);
  return {
    bw: { factor: bw },
    lbm:
      lean === null
        ? no("The patient's sex is absent, on which lean body mass depends.")
        : { factor: (bw * lean) / weightKg },
    bsa: { factor: (bw * bodySurface(weightKg, heightM)) / (weightKg * 1000) },
  };
}
