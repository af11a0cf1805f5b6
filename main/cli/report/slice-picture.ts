import { tracePolygons } from '../../imaging/mask/trace';
import type { Volume } from '../../imaging/volume';
import { encodePng, greyOf, pngDataUrl } from '../../pictures/png';
import { learningGrid } from '../../learning/preprocess/grid';
import { percentiles } from '../../learning/preprocess/intensity';
import { markup, raw, type Html } from './html';

export interface Outline {
  readonly mask: Uint8Array;
  readonly color: string;
  readonly dashed?: boolean;
}

/** Shown values: soft tissue for CT, the scan's own range for the others. */
function windowOf({ unit, voxels }: Volume): readonly [number, number] {
  if (unit === 'HU') return [-160, 240];
  const [low, high] = percentiles(Float32Array.from(voxels), [0.01, 0.995]);
  return [low, high];
}

/** One slice with outlines: the picture is a PNG, the outlines are drawn over it, so that they stay sharp. */
export function slicePicture(volume: Volume, k: number, outlines: readonly Outline[], caption: Html): Html {
  const { size, spacing } = volume.geometry;
  const [nx, ny] = size;
  const [low, high] = windowOf(volume);
  const slice = Float32Array.from(volume.voxels.subarray(k * nx * ny, (k + 1) * nx * ny));
  const picture = pngDataUrl(encodePng(greyOf(slice, low, high), nx, ny, 1));
  // The viewer's way round: front up, the patient's left on the right.
  const grid = learningGrid(volume.geometry, {
    mm: spacing[0],
    through: 'native',
    size: 16,
    interpolation: 'nearest',
  });
  const turned = [
    grid.columns.source === 1 ? 'rotate(90deg)' : '',
    `scale(${grid.columns.step < 0 ? -1 : 1},${grid.rows.step < 0 ? -1 : 1})`,
  ].join(' ');
  const paths = outlines.map(({ mask, color, dashed }) => {
    const polygons = tracePolygons(mask.subarray(k * nx * ny, (k + 1) * nx * ny), nx, ny);
    const d = polygons.map(pathOf).join('');
    return markup`<path
        d="${d}"
        fill="none"
        stroke="#000"
        stroke-opacity=".5"
        stroke-width="3"
        vector-effect="non-scaling-stroke"
      /><path
        d="${d}"
        fill="none"
        stroke="${color}"
        stroke-width="1.5"
        vector-effect="non-scaling-stroke"
        ${raw(dashed ? 'stroke-dasharray="5 3"' : '')}
      />`;
  });
  return markup`<figure>
    <div
      class="frame"
      style="aspect-ratio:${(nx * spacing[0]).toFixed(1)}/${(ny * spacing[1]).toFixed(1)};transform:${turned}"
    >
      <img alt="" style="height:100%" src="${picture}" /><svg
        class="over"
        viewBox="-0.5 -0.5 ${nx} ${ny}"
        preserveAspectRatio="none"
      >
        ${paths}
      </svg>
    </div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function pathOf(polygon: Float64Array): string {
  let d = '';
  for (let p = 0; p < polygon.length; p += 2)
    d += `${p === 0 ? 'M' : 'L'}${polygon[p].toFixed(2)} ${polygon[p + 1].toFixed(2)}`;
  return `${d}Z`;
}

/** The slice with most of a mask. */
export function fullestSlice(mask: Uint8Array, [nx, ny, nz]: readonly [number, number, number]): number {
  let best = Math.floor(nz / 2);
  let most = 0;
  for (let k = 0; k < nz; k++) {
    let n = 0;
    for (let v = k * nx * ny; v < (k + 1) * nx * ny; v++) n += mask[v];
    if (n > most) [best, most] = [k, n];
  }
  return best;
}
