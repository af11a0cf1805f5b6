import { Random } from '../../random';
import { augmentIntensity } from './intensity';
import type { Augmentation } from './options';
import { type Placement, randomPlacement, sampleImage, sampleLabel } from './spatial';

/** One training sample to be made: all that decides it, so that any thread makes the same. */
export interface SampleOrder {
  readonly image: Float32Array;
  readonly label: Float32Array;
  /** Pixels along one side of the slice, and of the sample. */
  readonly from: number;
  readonly to: number;
  /** Values a pixel: of all slices of a block together (3D). */
  readonly channels: number;
  readonly labels: number;
  /** Slices of a block; 1 in 2D. */
  readonly slices: number;
  /** Whether the crop must show some of the lesion, where the slice has one. */
  readonly onForeground: boolean;
  readonly augmentation: Augmentation;
  readonly seeds: readonly number[];
}

/** Crops, turns and alters a slice with its labels. @param image [to, to, channels] @param label [to, to, labels] */
export function makeSample(order: SampleOrder, image: Float32Array, label: Float32Array): void {
  const random = new Random(...order.seeds);
  const { from, to, channels, labels, augmentation } = order;
  const placement: Placement = randomPlacement(cropCentre(order, random), augmentation, random);
  sampleImage(order.image, from, channels, placement, to, image);
  sampleLabel(order.label, from, labels, placement, to, label);
  augmentIntensity(image, to, channels / order.slices, augmentation, random, order.slices);
}

/** The middle of the slice where the sample is as large; else a place inside it, on a lesion where asked. */
function cropCentre(
  { from, to, label, labels, onForeground }: SampleOrder,
  random: Random,
): [number, number] {
  const middle = (from - 1) / 2;
  const room = (from - to) / 2;
  if (room <= 0) return [middle, middle];
  const anywhere = (): number => middle + random.between(-room, room);
  if (!onForeground) return [anywhere(), anywhere()];
  const inside: number[] = [];
  for (let v = 0; v < label.length; v++) if (label[v] > 0) inside.push(Math.floor(v / labels));
  if (inside.length === 0) return [anywhere(), anywhere()];
  const pixel = inside[random.below(inside.length)];
  const clamp = (v: number): number => Math.min(middle + room, Math.max(middle - room, v));
  return [clamp(pixel % from), clamp(Math.floor(pixel / from))];
}
