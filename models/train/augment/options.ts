/**
 * Augmentation after nnU-Net's list (Isensee et al. 2021, supplement): each transform with the probability and the
 * range that it is drawn from. Probability 0 switches one off.
 */
export interface Augmentation {
  readonly rotate: { readonly probability: number; readonly degrees: number };
  readonly scale: { readonly probability: number; readonly range: readonly [number, number] };
  readonly mirror: { readonly horizontal: boolean; readonly vertical: boolean };
  readonly noise: { readonly probability: number; readonly variance: readonly [number, number] };
  readonly blur: { readonly probability: number; readonly sigma: readonly [number, number] };
  readonly brightness: { readonly probability: number; readonly factor: readonly [number, number] };
  readonly contrast: { readonly probability: number; readonly factor: readonly [number, number] };
  readonly lowResolution: { readonly probability: number; readonly zoom: readonly [number, number] };
  readonly gamma: {
    readonly probability: number;
    readonly invertedProbability: number;
    readonly range: readonly [number, number];
  };
}

export const NNUNET: Augmentation = {
  rotate: { probability: 0.2, degrees: 180 },
  scale: { probability: 0.2, range: [0.7, 1.4] },
  mirror: { horizontal: true, vertical: true },
  noise: { probability: 0.1, variance: [0, 0.1] },
  blur: { probability: 0.1, sigma: [0.5, 1] },
  brightness: { probability: 0.15, factor: [0.75, 1.25] },
  contrast: { probability: 0.15, factor: [0.75, 1.25] },
  lowResolution: { probability: 0.125, zoom: [0.5, 1] },
  gamma: { probability: 0.3, invertedProbability: 0.1, range: [0.7, 1.5] },
};

const never = { probability: 0 } as const;

/** No augmentation; the samples are crops of the slices. */
export const PLAIN: Augmentation = {
  rotate: { ...never, degrees: 0 },
  scale: { ...never, range: [1, 1] },
  mirror: { horizontal: false, vertical: false },
  noise: { ...never, variance: [0, 0] },
  blur: { ...never, sigma: [1, 1] },
  brightness: { ...never, factor: [1, 1] },
  contrast: { ...never, factor: [1, 1] },
  lowResolution: { ...never, zoom: [1, 1] },
  gamma: { ...never, invertedProbability: 0, range: [1, 1] },
};
