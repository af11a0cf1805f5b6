import type { Grid, Mask } from '../metrics';

export interface PostProcessing {
  /** Keep only the largest connected part. */
  readonly largestOnly: boolean;
  /** Fill what is enclosed, slice by slice. */
  readonly fillHoles: boolean;
  /** Drop parts smaller than this, millilitres. */
  readonly minimumMillilitres: number;
}

export const KEEP_ALL: PostProcessing = { largestOnly: false, fillHoles: false, minimumMillilitres: 0 };

/** Cleans a predicted mask. @returns a new mask */
export function postProcess(mask: Mask, grid: Grid, options: PostProcessing): Mask {
  let out = mask;
  const minimum = (options.minimumMillilitres * 1000) / (grid.spacing[0] * grid.spacing[1] * grid.spacing[2]);
  if (options.largestOnly || minimum > 0) out = keepParts(out, grid, options.largestOnly, minimum);
  return options.fillHoles ? fillHoles(out, grid) : out === mask ? mask.slice() : out;
}

/** Connected parts (voxels that share a face): the part of each voxel, 0 outside, and the voxels of each part. */
export function connectedParts(mask: Mask, grid: Grid): { part: Uint32Array; sizes: readonly number[] } {
  const [ni, nj, nk] = grid.size;
  const part = new Uint32Array(mask.length);
  const sizes: number[] = [0];
  const stack: number[] = [];
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || part[seed]) continue;
    const name = sizes.length;
    let size = 0;
    part[seed] = name;
    stack.push(seed);
    const visit = (v: number): void => {
      if (mask[v] && !part[v]) {
        part[v] = name;
        stack.push(v);
      }
    };
    while (stack.length > 0) {
      const v = stack.pop() as number;
      size++;
      const i = v % ni;
      const j = Math.floor(v / ni) % nj;
      const k = Math.floor(v / (ni * nj));
      if (i > 0) visit(v - 1);
      if (i < ni - 1) visit(v + 1);
      if (j > 0) visit(v - ni);
      if (j < nj - 1) visit(v + ni);
      if (k > 0) visit(v - ni * nj);
      if (k < nk - 1) visit(v + ni * nj);
    }
    sizes.push(size);
  }
  return { part, sizes };
}

function keepParts(mask: Mask, grid: Grid, largestOnly: boolean, minimum: number): Mask {
  const { part, sizes } = connectedParts(mask, grid);
  let largest = 0;
  for (let name = 1; name < sizes.length; name++) if (sizes[name] > sizes[largest]) largest = name;
  const keep = sizes.map((size, name) => name > 0 && size >= minimum && (!largestOnly || name === largest));
  return Uint8Array.from(part, (name) => (keep[name] ? 1 : 0));
}

/** Fills what the border of each slice cannot reach without crossing the mask. */
export function fillHoles(mask: Mask, grid: Grid): Mask {
  const [ni, nj, nk] = grid.size;
  const out = new Uint8Array(mask.length).fill(1);
  const stack: number[] = [];
  for (let k = 0; k < nk; k++) {
    const base = k * ni * nj;
    const open = (v: number): void => {
      if (!mask[v] && out[v]) {
        out[v] = 0;
        stack.push(v);
      }
    };
    for (let i = 0; i < ni; i++) {
      open(base + i);
      open(base + (nj - 1) * ni + i);
    }
    for (let j = 0; j < nj; j++) {
      open(base + j * ni);
      open(base + j * ni + ni - 1);
    }
    while (stack.length > 0) {
      const v = stack.pop() as number;
      const i = (v - base) % ni;
      const j = Math.floor((v - base) / ni);
      if (i > 0) open(v - 1);
      if (i < ni - 1) open(v + 1);
      if (j > 0) open(v - ni);
      if (j < nj - 1) open(v + ni);
    }
  }
  return out;
}
