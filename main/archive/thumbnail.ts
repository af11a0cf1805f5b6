/** The picture of a volume in the worklist: its middle slice, windowed, as people expect to see it lie. */
import type { Volume } from '../imaging/volume';
import { encodePng } from '../pictures/png';

/** Longest edge, pixels. */
const EDGE = 128;

/** Soft-tissue window in HU; other units are windowed by their own percentiles. */
const CT_WINDOW = { low: -160, high: 240 };

/**
 * Sign of a picture axis so that the patient lies as on any workstation: left on the right side, front up or left,
 * head up. Picture x grows to the right, y down.
 */
function forwards(axis: readonly [number, number, number], isVertical: boolean): boolean {
  const [x, y, z] = axis.map(Math.abs);
  if (z >= x && z >= y) return isVertical ? axis[2] < 0 : axis[2] > 0;
  return y >= x ? axis[1] > 0 : axis[0] > 0;
}

/** @param k slice; the middle one by default. @returns a greyscale PNG */
export function thumbnailOf(volume: Volume, k = Math.floor(volume.geometry.size[2] / 2)): Uint8Array {
  const { size, spacing, axes } = volume.geometry;
  const [columns, rows] = size;
  const slice = volume.voxels.subarray(k * columns * rows, (k + 1) * columns * rows);
  const { low, high } = windowOf(volume, slice);
  const millimetres = [columns * spacing[0], rows * spacing[1]];
  const scale = EDGE / Math.max(...millimetres);
  const width = Math.max(1, Math.round(millimetres[0] * scale));
  const height = Math.max(1, Math.round(millimetres[1] * scale));
  const right = forwards(axes[0], false);
  const down = forwards(axes[1], true);
  const grey = new Uint8Array(width * height);
  const inverted = volume.modality === 'PT';
  for (let y = 0; y < height; y++) {
    const j = Math.min(rows - 1, Math.floor(((down ? y : height - 1 - y) + 0.5) * (rows / height)));
    for (let x = 0; x < width; x++) {
      const i = Math.min(columns - 1, Math.floor(((right ? x : width - 1 - x) + 0.5) * (columns / width)));
      const share = Math.min(1, Math.max(0, (slice[j * columns + i] - low) / (high - low)));
      grey[y * width + x] = Math.round(255 * (inverted ? 1 - share : share));
    }
  }
  return encodePng(grey, width, height, 1);
}

function windowOf(volume: Volume, slice: Volume['voxels']): { low: number; high: number } {
  if (volume.unit === 'HU') return CT_WINDOW;
  const sorted = Float32Array.from(slice).filter(Number.isFinite).sort();
  const low = sorted.length > 0 ? sorted[Math.floor(0.01 * (sorted.length - 1))] : 0;
  const high = sorted.length > 0 ? sorted[Math.floor(0.99 * (sorted.length - 1))] : 1;
  return { low, high: high > low ? high : low + 1 };
}
