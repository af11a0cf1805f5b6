import { Random } from '../../../models/random';
import { labelledSliceSource, type LabelledSliceSource } from '../../../models/train';

/** Slices of a textured disc in air with a brighter spot, the lesion, as a source with contours. */
export function discs(count: number, size: number, seed = 1, cases = 4): LabelledSliceSource {
  const images = new Float32Array(count * size * size);
  const masks = new Int8Array(images.length);
  for (let s = 0; s < count; s++) {
    const random = new Random(seed, s);
    const x = random.between(0.4, 0.6) * size;
    const y = random.between(0.4, 0.6) * size;
    const lx = x + random.between(-0.15, 0.15) * size;
    const ly = y + random.between(-0.15, 0.15) * size;
    const radius = random.between(0.08, 0.14) * size;
    for (let j = 0; j < size; j++)
      for (let i = 0; i < size; i++) {
        const v = (s * size + j) * size + i;
        const body = Math.hypot(i - x, j - y) < 0.38 * size;
        const lesion = Math.hypot(i - lx, j - ly) < radius;
        images[v] = (body ? 0.3 * Math.sin(i / 3) : -1.5) + (lesion ? 1.5 : 0) + 0.1 * random.normal();
        masks[v] = lesion ? 1 : 0;
      }
  }
  return labelledSliceSource({
    size,
    channels: 1,
    images,
    labels: 1,
    masks,
    cases: Array.from({ length: count }, (_, s) => `case ${s % cases}`),
  });
}
