import type { PhantomModality } from './phantom-render';

/** How the demonstration learns: small enough for two cores and a few minutes. */
export const demonstration = {
  patients: 16,
  /** The last ones are seen by nothing before they are segmented. */
  tested: 5,
  /** Patients that are contoured, and slices of each. */
  taught: 4,
  taughtSlices: 6,
  /** Slices of each that are judged to hold no tumour. */
  emptySlices: 3,
  width: 8,
  pretrain: { epochs: 24, slicesPerEpoch: 80, batch: 8 },
  teach: { epochs: 24, stepsPerEpoch: 20, batch: 8 },
  seed: 1,
} as const;

export interface DemoModality {
  readonly modality: PhantomModality;
  readonly name: string;
}

export const demoModalities: readonly DemoModality[] = [
  { modality: 'CT', name: 'CT' },
  { modality: 'PT', name: 'PET' },
  { modality: 'MR', name: 'MR' },
];

export interface Split {
  /** Contoured on a few slices. */
  readonly taught: readonly string[];
  /** Learnt from without contours, the taught ones among them. */
  readonly unlabelled: readonly string[];
  /** Seen by nothing before they are segmented. */
  readonly tested: readonly string[];
}

/** Splits by patient: whoever is tested neither taught nor was pretrained on. */
export function splitPatients(codes: readonly string[]): Split {
  const unlabelled = codes.slice(0, codes.length - demonstration.tested);
  return {
    unlabelled,
    taught: unlabelled.slice(0, demonstration.taught),
    tested: codes.slice(codes.length - demonstration.tested),
  };
}
