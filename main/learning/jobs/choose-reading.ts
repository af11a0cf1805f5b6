import { chooseReading, patchGrid, type ContouredSlice } from '../../../models/amlp';
import type { LabelledSliceSource } from '../../../models/train';
import type { Recipe } from './spec';

/** Enough slices to know which reading finds lesions; more would only take longer. */
export const readingSlices = 200;

/** Which reading of masked patch selection finds what was contoured; null where no contour shows a lesion. */
export function contoursChoose(
  source: LabelledSliceSource,
  { slicing, patch, reading }: Recipe,
): ReturnType<typeof chooseReading> | null {
  const every = Math.max(1, Math.ceil(source.count / readingSlices));
  const contoured: ContouredSlice[] = [];
  const label = new Float32Array(source.size * source.size * source.labels);
  for (let index = 0; index < source.count; index += every) {
    source.readLabel(index, label);
    const lesion = Uint8Array.from({ length: source.size * source.size }, (_, p) =>
      label.subarray(p * source.labels, (p + 1) * source.labels).includes(1) ? 1 : 0,
    );
    if (!lesion.includes(1)) continue;
    const image = new Float32Array(source.size * source.size * source.channels);
    source.read(index, image);
    contoured.push({ image, lesion });
  }
  return contoured.length === 0
    ? null
    : chooseReading(contoured, patchGrid(slicing.size, patch), source.channels, { preferred: reading });
}
