import type { Random } from '../../random';
import type { Augmentation } from './options';

/**
 * Changes the intensities of a sample [size, size, slices · channels] in place, in nnU-Net's order. A channel's slices
 * change alike.
 */
export function augmentIntensity(
  image: Float32Array,
  size: number,
  channels: number,
  options: Augmentation,
  random: Random,
  slices = 1,
): void {
  const { noise, blur, brightness, contrast, lowResolution, gamma } = options;
  if (random.chance(noise.probability)) {
    const sd = Math.sqrt(random.between(...noise.variance));
    for (let v = 0; v < image.length; v++) image[v] += sd * random.normal();
  }
  const pixels = size * size;
  const plane = new Float32Array(pixels * slices);
  const step = slices * channels;
  const each = (change: (slice: Float32Array) => void): void => {
    for (let s = 0; s < slices; s++) change(plane.subarray(s * pixels, (s + 1) * pixels));
  };
  for (let c = 0; c < channels; c++) {
    for (let s = 0; s < slices; s++)
      for (let v = 0; v < pixels; v++) plane[s * pixels + v] = image[v * step + s * channels + c];
    if (random.chance(blur.probability)) {
      const sigma = random.between(...blur.sigma);
      each((slice) => gaussianBlur(slice, size, sigma));
    }
    if (random.chance(brightness.probability)) multiply(plane, random.between(...brightness.factor));
    if (random.chance(contrast.probability)) changeContrast(plane, random.between(...contrast.factor));
    if (random.chance(lowResolution.probability)) {
      const zoom = random.between(...lowResolution.zoom);
      each((slice) => lowerResolution(slice, size, zoom));
    }
    if (random.chance(gamma.invertedProbability)) {
      multiply(plane, -1);
      changeGamma(plane, random.between(...gamma.range));
      multiply(plane, -1);
    }
    if (random.chance(gamma.probability)) changeGamma(plane, random.between(...gamma.range));
    for (let s = 0; s < slices; s++)
      for (let v = 0; v < pixels; v++) image[v * step + s * channels + c] = plane[s * pixels + v];
  }
}

function multiply(plane: Float32Array, factor: number): void {
  for (let v = 0; v < plane.length; v++) plane[v] *= factor;
}

interface Figures {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly sd: number;
}

function figuresOf(plane: Float32Array): Figures {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let squares = 0;
  for (const v of plane) {
    if (v < min) min = v;
    if (v > max) max = v;
    sum += v;
    squares += v * v;
  }
  const mean = sum / plane.length;
  return { min, max, mean, sd: Math.sqrt(Math.max(0, squares / plane.length - mean * mean)) };
}

/** Spreads the values about their mean, within the range that they had. */
export function changeContrast(plane: Float32Array, factor: number): void {
  const { mean, min, max } = figuresOf(plane);
  for (let v = 0; v < plane.length; v++) {
    const value = (plane[v] - mean) * factor + mean;
    plane[v] = value < min ? min : value > max ? max : value;
  }
}

/** Gamma on the range of the image; mean and spread are kept. */
export function changeGamma(plane: Float32Array, gamma: number): void {
  const before = figuresOf(plane);
  const range = before.max - before.min;
  if (range < 1e-7) return;
  for (let v = 0; v < plane.length; v++) plane[v] = Math.pow((plane[v] - before.min) / range, gamma);
  const after = figuresOf(plane);
  const scale = after.sd > 1e-7 ? before.sd / after.sd : 1;
  for (let v = 0; v < plane.length; v++) plane[v] = (plane[v] - after.mean) * scale + before.mean;
}

/** Separable Gaussian of standard deviation `sigma`, pixels; the border pixels continue. */
export function gaussianBlur(plane: Float32Array, size: number, sigma: number): void {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const line = new Float32Array(size);
  const along = (start: number, step: number): void => {
    for (let i = 0; i < size; i++) line[i] = plane[start + i * step];
    for (let i = 0; i < size; i++) {
      let value = 0;
      for (let r = -radius; r <= radius; r++) {
        const at = i + r < 0 ? 0 : i + r >= size ? size - 1 : i + r;
        value += kernel[r + radius] * line[at];
      }
      plane[start + i * step] = value / sum;
    }
  };
  for (let j = 0; j < size; j++) along(j * size, 1);
  for (let i = 0; i < size; i++) along(i, size);
}

/** Samples the image down to `zoom` of its side (nearest) and back up (bilinear). */
export function lowerResolution(plane: Float32Array, size: number, zoom: number): void {
  const small = Math.max(2, Math.round(size * zoom));
  if (small >= size) return;
  const down = new Float32Array(small * small);
  const near = (i: number): number => Math.min(size - 1, Math.floor(((i + 0.5) * size) / small));
  for (let j = 0; j < small; j++)
    for (let i = 0; i < small; i++) down[j * small + i] = plane[near(j) * size + near(i)];
  const at = (i: number): number => Math.min(small - 1, Math.max(0, ((i + 0.5) * small) / size - 0.5));
  for (let j = 0; j < size; j++) {
    const y = at(j);
    const y0 = Math.floor(y);
    const y1 = Math.min(y0 + 1, small - 1);
    for (let i = 0; i < size; i++) {
      const x = at(i);
      const x0 = Math.floor(x);
      const x1 = Math.min(x0 + 1, small - 1);
      const top = down[y0 * small + x0] + (down[y0 * small + x1] - down[y0 * small + x0]) * (x - x0);
      const bottom = down[y1 * small + x0] + (down[y1 * small + x1] - down[y1 * small + x0]) * (x - x0);
      plane[j * size + i] = top + (bottom - top) * (y - y0);
    }
  }
}
