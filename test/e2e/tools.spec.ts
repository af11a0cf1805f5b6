import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { toPatient, voxelIndex, type VolumeGeometry } from '../../main/imaging/space/geometry';
import {
  ballAt,
  both,
  DrawingBoard,
  keptOf,
  misplaced,
  without,
  type Kept,
  type Shape,
  type Spot,
  type Vector,
} from './drawing-board';
import { launch, type Launched } from './launch';
import { ballRadius, hotRadius, toolScans, writeToolScan, type ToolScan } from './tool-scans';
import { Workstation, type View } from './workstation';

/** What a tool's test may use, and what it says that must have come of it. */
interface Bench {
  readonly board: DrawingBoard;
  readonly scan: ToolScan;
  readonly studio: Workstation;
  /** The slice shown, as thick as its voxels, or slices counted from it. */
  slices(from?: number, to?: number): Shape;
  tool(name: string, diameter?: number): Promise<void>;
  press(button: string): Promise<void>;
  kept(): Promise<Kept>;
}
interface Outcome {
  readonly shape: Shape;
  /** How far a voxel's centre may be on the wrong side of the shape, mm. */
  readonly tolerance?: number;
  /** Which segment. */
  readonly segment?: number;
}

const turn = (centre: Spot, radius: number, count: number): Spot[] =>
  Array.from({ length: count }, (_, n) => {
    const angle = (2 * Math.PI * n) / count;
    return [centre[0] + radius * Math.cos(angle), centre[1] + radius * Math.sin(angle)];
  });

/** Corners say positions to a tenth of a millimetre and the mouse knows whole pixels. */
const usual = 0.6;

/** Free of the ball and of the hot spot in every view. */
const free: Spot = [0, -42];
const way: readonly Spot[] = [
  [-34, -42],
  [34, -44],
];

/** Distance from a voxel's centre to the nearest centre that is (or is not) set, by looking at each. */
function distanceTo(mask: Uint8Array, geometry: VolumeGeometry, value: 0 | 1, within: number): Shape {
  const [nx, ny, nz] = geometry.size;
  const centres = new Map<string, Vector[]>();
  const cell = (p: Vector, by: Vector = [0, 0, 0]): string =>
    p.map((x, axis) => Math.floor(x / within) + by[axis]).join();
  for (let k = 0, v = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, v++) {
        if (mask[v] !== value) continue;
        const p: Vector = [...toPatient(geometry, voxelIndex(i, j, k))] as unknown as Vector;
        const found = centres.get(cell(p));
        if (found) found.push(p);
        else centres.set(cell(p), [p]);
      }
  const around = [-1, 0, 1].flatMap((x) =>
    [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((z): Vector => [x, y, z])),
  );
  return (p) => {
    let least = within * 2;
    for (const by of around)
      for (const q of centres.get(cell(p, by)) ?? [])
        least = Math.min(least, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
    return least;
  };
}

const tools: Readonly<Record<string, (bench: Bench) => Promise<Outcome>>> = {
  'brush, a fast stroke': async ({ board, slices, tool }) => {
    await tool('brush', 8);
    await board.stroke(way, 1);
    return { shape: both(board.alongStroke(way, 4), slices()) };
  },
  'brush as a ball': async ({ board, tool, studio }) => {
    await tool('brush', 16);
    await studio.get('brush-ball').check();
    await board.stroke(way, 1);
    await studio.get('brush-ball').uncheck();
    const [a, b] = way.map((spot) => board.patient(spot));
    const capsule: Shape = (p) => {
      const w = b.map((x, n) => x - a[n]);
      const d = p.map((x, n) => x - a[n]);
      const t = Math.min(
        1,
        Math.max(0, w.reduce((s, x, n) => s + x * d[n], 0) / w.reduce((s, x) => s + x * x, 0)),
      );
      return Math.hypot(...d.map((x, n) => x - t * w[n])) - 8;
    };
    return { shape: capsule };
  },
  'threshold brush': async ({ board, scan, slices, tool, studio }) => {
    await tool('threshold-brush', 30);
    await studio.get('threshold-lower').fill('250');
    await studio.get('threshold-upper').fill('400');
    const [s, t] = board.spot([...scan.ball] as unknown as Vector);
    const stroke: Spot[] = [
      [s - 8, t],
      [s + 20, t + 6],
    ];
    await board.stroke(stroke);
    return {
      shape: both(
        board.alongStroke(stroke, 15),
        ballAt([...scan.ball] as unknown as Vector, ballRadius),
        slices(),
      ),
    };
  },
  'smart brush': async ({ board, scan, slices, tool }) => {
    await tool('smart-brush', 24);
    const [s, t] = board.spot([...scan.ball] as unknown as Vector);
    const stroke: Spot[] = [
      [s, t],
      [s - 4, t + 22],
    ];
    await board.stroke(stroke);
    return {
      shape: both(
        board.alongStroke(stroke, 12),
        ballAt([...scan.ball] as unknown as Vector, ballRadius),
        slices(),
      ),
    };
  },
  eraser: async ({ board, slices, tool }) => {
    await tool('brush', 36);
    await board.click(free);
    await tool('eraser', 12);
    const cut: Spot[] = [[-25, -40], free, [25, -50]];
    await board.stroke(cut);
    return { shape: both(without(board.alongStroke([free], 18), board.alongStroke(cut, 6)), slices()) };
  },
  'freehand contour': async ({ board, slices, tool }) => {
    await tool('freehand');
    const line = turn(free, 20, 24);
    await board.stroke([...line, line[0]]);
    return { shape: both(board.within(line), slices()) };
  },
  'polygon contour': async ({ board, slices, tool, studio }) => {
    await tool('polygon');
    const corners: Spot[] = [
      [-30, -58],
      [28, -56],
      [20, -30],
      [0, -46],
      [-24, -28],
    ];
    for (const corner of corners) await board.click(corner);
    await studio.page.keyboard.press('Enter');
    return { shape: both(board.within(corners), slices()) };
  },
  'spline contour': async ({ board, slices, tool, studio }) => {
    await tool('spline');
    for (const knot of turn(free, 18, 8)) await board.click(knot);
    await studio.page.keyboard.press('Enter');
    // A Catmull-Rom curve through eight points of a circle stays within a hundredth of its radius.
    return { shape: both(board.alongStroke([free], 18), slices()) };
  },
  livewire: async ({ board, scan, slices, tool, studio }) => {
    await tool('livewire');
    const centre: Vector = [...scan.ball] as unknown as Vector;
    for (const knot of turn(board.spot(centre), ballRadius, 6)) await board.click(knot);
    await studio.page.keyboard.press('Enter');
    // It follows the edges of voxels: two voxels' widths either way are near enough.
    const ball = ballAt(centre, ballRadius);
    return { shape: both((p) => ball(p) * (usual / 3.1), slices()) };
  },
  'scissors, inside': async ({ board, slices, tool, studio }) => {
    await tool('brush', 40);
    await board.click(free);
    await tool('scissors');
    await studio.get('scissors-keep').selectOption('outside');
    await studio.get('scissors-depth').selectOption('slice');
    const cut: Spot[] = [
      [0, -66],
      [30, -66],
      [30, -20],
      [0, -20],
    ];
    await board.stroke([...cut, cut[0]], 6);
    return { shape: both(without(board.alongStroke([free], 20), board.within(cut)), slices()) };
  },
  'scissors through the scan': async ({ board, tool, studio }) => {
    await tool('brush', 30);
    await studio.get('brush-ball').check();
    await board.click(free);
    await studio.get('brush-ball').uncheck();
    await tool('scissors');
    await studio.get('scissors-keep').selectOption('inside');
    await studio.get('scissors-depth').selectOption('through');
    const keep: Spot[] = [
      [-30, -66],
      [2, -66],
      [2, -20],
      [-30, -20],
    ];
    await board.stroke([...keep, keep[0]], 6);
    await studio.get('scissors-keep').selectOption('outside');
    await studio.get('scissors-depth').selectOption('slice');
    return { shape: both(ballAt(board.patient(free), 15), board.within(keep)) };
  },
  'fill holes': async ({ board, slices, tool, press }) => {
    await tool('brush', 36);
    await board.click(free);
    await tool('eraser', 10);
    await board.click(free);
    await press('fill-holes');
    return { shape: both(board.alongStroke([free], 18), slices()) };
  },
  'largest island': async ({ board, slices, tool, press }) => {
    await tool('brush', 14);
    await board.click([-26, -42]);
    await tool('brush', 24);
    await board.click([22, -42]);
    await press('keep-largest');
    return { shape: both(board.alongStroke([[22, -42]], 12), slices()) };
  },
  'small islands': async ({ board, slices, tool, press }) => {
    await tool('brush', 6);
    await board.click([-26, -42]);
    await tool('brush', 24);
    await board.click([22, -42]);
    await press('remove-small');
    return { shape: both(board.alongStroke([[22, -42]], 12), slices()) };
  },
  grow: async ({ board, tool, press, kept, scan, studio }) => {
    await tool('brush', 20);
    await board.click(free);
    await studio.get('operation-mm').fill('4');
    const before = (await kept()).masks[0];
    await press('grow');
    const far = distanceTo(before, scan.geometry, 1, 6);
    return { shape: (p) => far(p) - 4, tolerance: 1e-4 };
  },
  shrink: async ({ board, tool, press, kept, scan, studio }) => {
    await tool('brush', 40);
    await studio.get('brush-ball').check();
    await board.click(free);
    await studio.get('brush-ball').uncheck();
    await studio.get('operation-mm').fill('4');
    const before = (await kept()).masks[0];
    await press('shrink');
    const far = distanceTo(before, scan.geometry, 0, 6);
    return { shape: (p) => 4 - far(p), tolerance: 1e-4 };
  },
  smooth: async ({ board, tool, press, studio }) => {
    await tool('brush', 40);
    await studio.get('brush-ball').check();
    await board.click(free);
    await studio.get('brush-ball').uncheck();
    // A spur of one slice, which smoothing must take away.
    await tool('brush', 3);
    await board.stroke([free, [0, -8]]);
    await studio.get('operation-mm').fill('3');
    await press('smooth');
    return { shape: ballAt(board.patient(free), 20), tolerance: 2.2 };
  },
  'one segment less another': async ({ board, slices, tool, press, studio }) => {
    await tool('brush', 30);
    await board.click([10, -42]);
    await studio.get('segment-add').click();
    await studio.get('segment-name').fill('Whole');
    await studio.get('segment-add-confirm').click();
    await board.click([-6, -42]);
    await studio.get('combine-how').selectOption('subtract');
    await studio.get('combine-other').selectOption({ label: 'GTV' });
    await press('combine');
    return {
      shape: both(without(board.alongStroke([[-6, -42]], 15), board.alongStroke([[10, -42]], 15)), slices()),
      segment: 1,
    };
  },
  'copy to the next slice': async ({ board, slices, tool, press }) => {
    await tool('brush', 24);
    await board.click(free);
    await press('copy-next');
    return { shape: both(board.alongStroke([free], 12), slices(0, await board.shownFrom())) };
  },
  'interpolation between slices': async ({ board, slices, tool, press }) => {
    await tool('brush', 24);
    await board.click([-8, -42]);
    await board.scroll(4);
    const far = await board.shownFrom();
    await board.click([-8, -42]);
    await press('interpolate');
    return { shape: both(board.alongStroke([[-8, -42]], 12), slices(0, far)), tolerance: 0.75 };
  },
  'threshold in a ball, share of the maximum': async ({ board, scan, tool, studio }) => {
    await tool('ball-threshold');
    await studio.get('ball-share').selectOption('0.41');
    const centre: Vector = [...scan.hot] as unknown as Vector;
    const [s, t] = board.spot(centre);
    await board.stroke([
      [s, t],
      [s + 25, t],
    ]);
    return { shape: ballAt(centre, hotRadius(410)), tolerance: 0.05 };
  },
  'threshold in a ball, fixed': async ({ board, scan, tool, studio }) => {
    await tool('ball-threshold');
    await studio.get('ball-share').selectOption('0');
    await studio.get('ball-lower').fill('700');
    const centre: Vector = [...scan.hot] as unknown as Vector;
    const [s, t] = board.spot(centre);
    await board.stroke([
      [s, t],
      [s, t + 20],
    ]);
    return { shape: ballAt(centre, hotRadius(700)), tolerance: 0.05 };
  },
  'threshold that the ball cuts off': async ({ board, scan, tool, studio }) => {
    await tool('ball-threshold');
    await studio.get('ball-share').selectOption('0.3');
    const [s, t] = board.spot([...scan.hot] as unknown as Vector);
    await board.stroke([
      [s + 3, t],
      [s + 3, t + 10],
    ]);
    return { shape: ballAt(board.patient([s + 3, t]), 10) };
  },
  'a border redrawn by one line': async ({ board, slices, tool }) => {
    await tool('brush', 30);
    await board.click(free);
    await tool('mend');
    const arc = (radius: number, from: number, to: number): Spot[] =>
      Array.from({ length: 16 }, (_, n) => {
        const angle = ((from + ((to - from) * n) / 15) * Math.PI) / 180;
        return [free[0] + radius * Math.cos(angle), free[1] + radius * Math.sin(angle)];
      });
    // Out on one side, in on the other.
    const line = [...arc(20, 2, 80), ...arc(10, 90, 178)];
    await board.stroke(line);
    const redrawn = board.within([...line, ...arc(15, 180, 360)]);
    // The border it begins at lies halfway between voxels: within 1.2 mm of it all is well.
    return { shape: both((p) => redrawn(p) * (usual / 1.2), slices()) };
  },
  nudge: async ({ board, slices, tool }) => {
    await tool('brush', 30);
    await board.click(free);
    await tool('nudge', 28);
    const [from, to]: readonly [Spot, Spot] = [
      [free[0] + 8, free[1] + 3],
      [free[0] + 20, free[1] + 3],
    ];
    await board.stroke([from, to]);
    // Where each place came from, by following the ball back in steps too small to matter.
    const came: Shape = (p) => {
      const steps = 300;
      let [x, y] = board.spot(p);
      for (let n = steps; n > 0; n--) {
        const [cx, cy] = [0, 1].map((axis) => from[axis] + (n / steps) * (to[axis] - from[axis]));
        const share = ((x - cx) ** 2 + (y - cy) ** 2) / 14 ** 2;
        if (share >= 1) continue;
        x -= ((1 - share) ** 2 * (to[0] - from[0])) / steps;
        y -= ((1 - share) ** 2 * (to[1] - from[1])) / steps;
      }
      // The border begins halfway between voxels, and is stretched where it is pushed: within 2.2 mm of it all is well.
      return (Math.hypot(x - free[0], y - free[1]) - 15) * (usual / 2.2);
    };
    return { shape: both(came, slices()) };
  },
};

test.describe('every tool paints where the mouse is', () => {
  test.setTimeout(10 * 60_000);

  let launched: Launched;
  let studio: Workstation;
  let work: string;
  let opened = '';

  test.beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'amlp-studio-tools-'));
    for (const scan of toolScans) writeToolScan(join(work, 'scans'), scan);
    launched = await launch();
    studio = new Workstation(launched);
    await studio.openArchive(join(work, 'scans'), toolScans.length);
  });
  test.afterAll(async () => {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  });

  async function benchOn(scan: ToolScan, view: View): Promise<Bench> {
    if (opened !== scan.code) {
      await studio.openVolume(scan.code, 'CT');
      const operations = studio.get('section-operations');
      if ((await operations.getAttribute('aria-expanded')) !== 'true') await operations.click();
      opened = scan.code;
    }
    const [i, j, k] = scan.geometry.size.map((n) => n / 2);
    const middle: Vector = [...toPatient(scan.geometry, voxelIndex(i, j, k))] as unknown as Vector;
    const board = await DrawingBoard.of(studio, view, middle);
    return {
      board,
      scan,
      studio,
      slices: (from, to) => board.slices(scan.geometry, from, to),
      tool: async (name, diameter) => {
        await studio.useTool(name);
        if (diameter !== undefined) await studio.brushDiameter(diameter);
      },
      press: (button) => studio.get(button).click(),
      kept: async () => {
        await studio.saved();
        return keptOf(studio.page);
      },
    };
  }

  /** Takes everything back: the next tool finds an empty scan, on the slices shown before. */
  async function takeBack(bench: Bench): Promise<void> {
    const { position } = await bench.kept();
    await studio.get('tool-pointer').click();
    for (let n = 0; n < position; n++) await studio.page.keyboard.press('Control+z');
    await expect.poll(async () => (await bench.kept()).position).toBe(0);
    expect((await bench.kept()).masks).toEqual([]);
    await bench.board.scrollBack();
  }

  const places: readonly (readonly [string, ToolScan, View])[] = [
    ['axial', toolScans[0], 'axial'],
    ['coronal', toolScans[0], 'coronal'],
    ['oblique series', toolScans[1], 'axial'],
  ];
  for (const [place, scan, view] of places)
    test(place, async () => {
      const bench = await benchOn(scan, view);
      const faults: string[] = [];
      for (const [name, use] of Object.entries(tools)) {
        const { shape, tolerance = usual, segment = 0 } = await use(bench);
        const { masks, geometry } = await bench.kept();
        const { wrong, checked } = misplaced(masks[segment] ?? new Uint8Array(0), geometry, shape, tolerance);
        if (wrong.length > 0) faults.push(`${name}: ${wrong.join('; ')}`);
        // A shape that no voxel had to be in would prove nothing.
        if (checked < 20) faults.push(`${name}: only ${checked} voxels had to be set`);
        await takeBack(bench);
      }
      expect(faults).toEqual([]);
    });
});
