/**
 * Intelligent scissors (Mortensen and Barrett, 1995): the cheapest way between two pixels, where walking along a strong
 * edge is cheap. Pure and bounded: the caller hands in a window of the slice.
 */

/** A pixel of the window: i to the right, j down. */
export type Pixel = readonly [i: number, j: number];

/** Shares of a step's cost: being off an edge, and walking across one; the rest is paid for length alone. */
const offEdge = 0.65;
const acrossEdge = 0.25;
const forLength = 0.04;
/** An edge as strong as this share of all pixels' gradients costs nothing more. */
const strongest = 0.97;

const steps = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const;

/** Cheapest ways over one window of a slice from one pixel, worked out only as far as they are asked for. */
export class Livewire {
  private readonly gradientI: Float32Array;
  private readonly gradientJ: Float32Array;
  /** 0 no edge, 1 as strong as any. */
  private readonly edge: Float32Array;
  private readonly cost: Float32Array;
  private readonly from: Int32Array;
  private readonly done: Uint8Array;
  private heap = new Heap();

  /** @param values the image, row by row, width × height; width and height at least 3 */
  constructor(
    values: Float32Array,
    private readonly width: number,
    private readonly height: number,
  ) {
    if (values.length !== width * height || width < 3 || height < 3)
      throw new RangeError('The window is not of the size that was given.');
    const smooth = blurred(values, width, height);
    this.gradientI = new Float32Array(values.length);
    this.gradientJ = new Float32Array(values.length);
    this.edge = new Float32Array(values.length);
    for (let j = 0, p = 0; j < height; j++)
      for (let i = 0; i < width; i++, p++) {
        const [left, right] = [i > 0 ? p - 1 : p, i + 1 < width ? p + 1 : p];
        const [up, down] = [j > 0 ? p - width : p, j + 1 < height ? p + width : p];
        const [gi, gj] = [smooth[right] - smooth[left], smooth[down] - smooth[up]];
        const size = Math.hypot(gi, gj);
        this.edge[p] = size;
        this.gradientI[p] = size > 0 ? gi / size : 0;
        this.gradientJ[p] = size > 0 ? gj / size : 0;
      }
    const most = this.edge.slice().sort()[Math.floor((values.length - 1) * strongest)] || 1;
    this.edge.forEach((x, p) => (this.edge[p] = Math.min(1, x / most)));
    this.cost = new Float32Array(values.length);
    this.from = new Int32Array(values.length);
    this.done = new Uint8Array(values.length);
  }

  /** The strongest edge within `reach` pixels of a place. */
  snapped([i, j]: Pixel, reach: number): Pixel {
    let best: Pixel = this.within([i, j]);
    let strongestYet = -1;
    for (let dj = -reach; dj <= reach; dj++)
      for (let di = -reach; di <= reach; di++) {
        if (di * di + dj * dj > reach * reach) continue;
        const at = this.within([i + di, j + dj]);
        // The nearer of two alike.
        const strength = this.edge[at[1] * this.width + at[0]] - 0.02 * Math.hypot(di, dj);
        if (strength > strongestYet) [best, strongestYet] = [at, strength];
      }
    return best;
  }

  /** Ways begin here from now on. */
  begin(at: Pixel): void {
    const [i, j] = this.within(at);
    this.cost.fill(Infinity);
    this.from.fill(-1);
    this.done.fill(0);
    this.heap = new Heap();
    const p = j * this.width + i;
    this.cost[p] = 0;
    this.heap.push(p, 0);
  }

  /** The cheapest way from where it began, both ends included. */
  to(at: Pixel): Pixel[] {
    const [i, j] = this.within(at);
    const goal = j * this.width + i;
    while (this.done[goal] === 0) {
      const p = this.heap.pop();
      if (p < 0) return [];
      if (this.done[p] === 0) this.settle(p);
    }
    const way: Pixel[] = [];
    for (let p = goal; p >= 0; p = this.from[p]) way.push([p % this.width, Math.floor(p / this.width)]);
    return way.reverse();
  }

  private settle(p: number): void {
    this.done[p] = 1;
    const { width, height } = this;
    const [i, j] = [p % width, Math.floor(p / width)];
    for (const [di, dj] of steps) {
      const [a, b] = [i + di, j + dj];
      if (a < 0 || b < 0 || a >= width || b >= height) continue;
      const q = b * width + a;
      if (this.done[q] === 1) continue;
      const cost = this.cost[p] + this.stepCost(p, q, di, dj);
      if (cost >= this.cost[q]) continue;
      this.cost[q] = cost;
      this.from[q] = p;
      this.heap.push(q, cost);
    }
  }

  private stepCost(p: number, q: number, di: number, dj: number): number {
    const length = di !== 0 && dj !== 0 ? Math.SQRT2 : 1;
    const across =
      (Math.abs(this.gradientI[p] * di + this.gradientJ[p] * dj) +
        Math.abs(this.gradientI[q] * di + this.gradientJ[q] * dj)) /
      (2 * length);
    return length * (forLength + offEdge * (1 - this.edge[q]) + acrossEdge * across);
  }

  private within([i, j]: Pixel): Pixel {
    const near = (at: number, length: number): number => Math.min(length - 1, Math.max(0, Math.round(at)));
    return [near(i, this.width), near(j, this.height)];
  }
}

/** A 3 × 3 binomial blur: noise has no edges. */
function blurred(values: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(values.length);
  for (let j = 0, p = 0; j < height; j++)
    for (let i = 0; i < width; i++, p++)
      rows[p] = (values[i > 0 ? p - 1 : p] + 2 * values[p] + values[i + 1 < width ? p + 1 : p]) / 4;
  const out = new Float32Array(values.length);
  for (let j = 0, p = 0; j < height; j++)
    for (let i = 0; i < width; i++, p++)
      out[p] = (rows[j > 0 ? p - width : p] + 2 * rows[p] + rows[j + 1 < height ? p + width : p]) / 4;
  return out;
}

/** A binary heap of pixels by cost; a pixel may stand in it more than once. */
class Heap {
  private readonly pixels: number[] = [];
  private readonly costs: number[] = [];

  push(pixel: number, cost: number): void {
    const { pixels, costs } = this;
    let n = pixels.length;
    while (n > 0) {
      const parent = (n - 1) >> 1;
      if (costs[parent] <= cost) break;
      pixels[n] = pixels[parent];
      costs[n] = costs[parent];
      n = parent;
    }
    pixels[n] = pixel;
    costs[n] = cost;
  }

  /** The cheapest; −1 where none is left. */
  pop(): number {
    const { pixels, costs } = this;
    if (pixels.length === 0) return -1;
    const first = pixels[0];
    const pixel = pixels.pop() as number;
    const cost = costs.pop() as number;
    const length = pixels.length;
    if (length > 0) {
      let n = 0;
      for (;;) {
        let child = 2 * n + 1;
        if (child >= length) break;
        if (child + 1 < length && costs[child + 1] < costs[child]) child++;
        if (costs[child] >= cost) break;
        pixels[n] = pixels[child];
        costs[n] = costs[child];
        n = child;
      }
      pixels[n] = pixel;
      costs[n] = cost;
    }
    return first;
  }
}
