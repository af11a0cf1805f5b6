import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withKeyholes } from '../../../main/imaging/mask/keyhole';
import { fillPolygons, Inside } from '../../../main/imaging/mask/rasterise';
import { signedArea, tracePolygons } from '../../../main/imaging/mask/trace';

/** Pictures of masks that others get wrong. */
const picture = (...rows: string[]): { mask: Uint8Array; width: number; height: number } => ({
  mask: Uint8Array.from([...rows.join('')].map((c) => (c === '#' ? 1 : 0))),
  width: rows[0].length,
  height: rows.length,
});
const adversarial = {
  'one voxel': picture('...', '.#.', '...'),
  'every voxel': picture('###', '###'),
  'border voxels': picture('#..#', '....', '#..#'),
  'a hole': picture('#####', '#...#', '#.#.#', '#...#', '#####'),
  'rings in rings': picture(
    '#########',
    '#.......#',
    '#.#####.#',
    '#.#...#.#',
    '#.#.#.#.#',
    '#.#...#.#',
    '#.#####.#',
    '#.......#',
    '#########',
  ),
  checkerboard: picture('#.#.#', '.#.#.', '#.#.#'),
  'a saddle both ways': picture('##..', '##..', '..##', '..##', '##..'),
  nothing: picture('...', '...'),
};

const anyPicture = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }), fc.constantFrom(40, 128, 215))
  .chain(([width, height, cut]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height })
      .map((noise) => ({ width, height, mask: noise.map((byte) => (byte < cut ? 1 : 0)) })),
  );

/** Regions of equal value, joined through sides or corners too: flood filling, straight from the definition. */
function regions(
  mask: Uint8Array,
  width: number,
  height: number,
  value: number,
  corners: boolean,
): { count: number; enclosed: number } {
  const seen = new Uint8Array(mask.length);
  let [count, enclosed] = [0, 0];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || seen[start] === 1) continue;
    count++;
    let touchesEdge = false;
    const todo = [start];
    seen[start] = 1;
    for (let v = todo.pop(); v !== undefined; v = todo.pop()) {
      const [i, j] = [v % width, Math.floor(v / width)];
      if (i === 0 || j === 0 || i === width - 1 || j === height - 1) touchesEdge = true;
      for (let dj = -1; dj <= 1; dj++)
        for (let di = -1; di <= 1; di++) {
          if (!corners && di !== 0 && dj !== 0) continue;
          const [a, b] = [i + di, j + dj];
          if (a < 0 || b < 0 || a >= width || b >= height) continue;
          const w = b * width + a;
          if (mask[w] !== value || seen[w] === 1) continue;
          seen[w] = 1;
          todo.push(w);
        }
    }
    if (!touchesEdge) enclosed++;
  }
  return { count, enclosed };
}

describe.each(['sub-voxel', 'voxel-exact'] as const)('%s contours', (style) => {
  test.each(Object.entries(adversarial))('give the mask back: %s', (_, { mask, width, height }) => {
    const polygons = tracePolygons(mask, width, height, style);
    expect(fillPolygons(polygons, width, height)).toEqual(mask);
    expect(fillPolygons(withKeyholes(polygons), width, height)).toEqual(mask);
  });

  test('give every mask back, with and without keyholes', () => {
    fc.assert(
      fc.property(anyPicture, ({ mask, width, height }) => {
        const polygons = tracePolygons(mask, width, height, style);
        expect(fillPolygons(polygons, width, height)).toEqual(mask);
        const keyholed = withKeyholes(polygons);
        expect(fillPolygons(keyholed, width, height)).toEqual(mask);
        expect(keyholed.every((p) => signedArea(p) > 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('are one outer contour an island and one inner contour a hole', () => {
    fc.assert(
      fc.property(anyPicture, ({ mask, width, height }) => {
        const areas = tracePolygons(mask, width, height, style).map(signedArea);
        expect(areas.filter((a) => a > 0)).toHaveLength(regions(mask, width, height, 1, false).count);
        expect(areas.filter((a) => a < 0)).toHaveLength(regions(mask, width, height, 0, true).enclosed);
      }),
      { numRuns: 300 },
    );
  });

  test('do not depend on how the mask lies: transposed masks give transposed contours', () => {
    fc.assert(
      fc.property(anyPicture, ({ mask, width, height }) => {
        const turned = mask.map((_, v) => mask[(v % height) * width + Math.floor(v / height)]);
        const points = (m: Uint8Array, w: number, h: number, swap: boolean): string[] =>
          tracePolygons(m, w, h, style)
            .flatMap((p) => Array.from({ length: p.length / 2 }, (_, n) => [p[2 * n], p[2 * n + 1]]))
            .map(([i, j]) => (swap ? `${j},${i}` : `${i},${j}`))
            .sort();
        expect(points(turned, height, width, true)).toEqual(points(mask, width, height, false));
      }),
      { numRuns: 200 },
    );
  });
});

test('the area of voxel-exact contours is the number of voxels', () => {
  fc.assert(
    fc.property(anyPicture, ({ mask, width, height }) => {
      const area = tracePolygons(mask, width, height, 'voxel-exact').reduce(
        (sum, p) => sum + signedArea(p),
        0,
      );
      expect(area).toBeCloseTo(
        mask.reduce((sum, x) => sum + x, 0),
        9,
      );
    }),
  );
});

describe('exact borders', () => {
  const square = (i0: number, j0: number, i1: number, j1: number): Float64Array =>
    Float64Array.of(i0, j0, i1, j0, i1, j1, i0, j1);

  test('a rectangle takes its smaller side and not its greater one', () => {
    const { mask } = picture('....', '.##.', '.##.', '....');
    expect(fillPolygons([square(1, 1, 3, 3)], 4, 4)).toEqual(mask);
  });

  test('polygons that share borders through centres share no voxel and leave no gap', () => {
    const cut = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(cut, cut, (x, y) => {
        const pieces = [square(0, 0, x, y), square(x, 0, 7, y), square(0, y, x, 7), square(x, y, 7, 7)];
        const counts = new Uint8Array(49);
        for (const piece of pieces) fillPolygons([piece], 7, 7).forEach((inside, v) => (counts[v] += inside));
        expect(counts.every((n) => n === 1)).toBe(true);
      }),
    );
  });

  test('one point asked alone gets the answer of the filling', () => {
    const corner = fc.oneof(fc.integer({ min: -1, max: 8 }), fc.double({ min: -1, max: 8, noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(corner, corner), { minLength: 3, maxLength: 9 }), (points) => {
        const polygon = Float64Array.from(points.flat());
        const filled = fillPolygons([polygon], 8, 8);
        for (let j = 0; j < 8; j++)
          for (let i = 0; i < 8; i++) expect(new Inside([polygon]).holds(i, j)).toBe(filled[j * 8 + i] === 1);
      }),
    );
  });
});
