import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Contour } from '../../../main/imaging/mask/contour';
import { planeAt, planesOfContours, regularDistance } from '../../../main/imaging/mask/contour-planes';
import { maskOfContours } from '../../../main/imaging/mask/mask-of-contours';
import {
  patientVector,
  toPatient,
  voxelCount,
  voxelIndex,
  type PatientVector,
  type VolumeGeometry,
} from '../../../main/imaging/space/geometry';
import { cross, unit } from '../../../main/imaging/space/vectors';
import { anyGrid, straightGrid } from '../grids';

type Triple = readonly [number, number, number];
const inner = (p: Triple, q: Triple): number => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];

/** Stars of `points` corners on planes across `normal`, `apart` mm from each other, about a centre. */
function stars(
  centre: Triple,
  normal: PatientVector,
  planes: number,
  apart: number,
  radius: (corner: number) => number,
  points: number,
): Contour[] {
  const u = unit(cross(normal, patientVector(0.3, 1, 0.2)));
  const v = cross(normal, u);
  return Array.from({ length: planes }, (_, k) => {
    const depth = (k - (planes - 1) / 2) * apart;
    const corners = Array.from({ length: points }, (_, n) => {
      const [a, b] = [Math.cos((2 * Math.PI * n) / points), Math.sin((2 * Math.PI * n) / points)];
      return [0, 1, 2].map((x) => centre[x] + depth * normal[x] + radius(n) * (a * u[x] + b * v[x]));
    });
    return { type: 'CLOSED_PLANAR', points: Float64Array.from(corners.flat()) };
  });
}

/** The rule as SEMANTICS.md words it, asked of every voxel and every edge. */
function asked(contours: readonly Contour[], g: VolumeGeometry): Uint8Array {
  const mask = new Uint8Array(voxelCount(g));
  const { stacks } = planesOfContours(
    contours.map((c) => c.points),
    g,
  );
  const snapped = (x: number): number => Math.round(x * 1e6) / 1e6;
  for (const stack of stacks) {
    if (stack.kind !== 'free') throw new Error('The contours are parallel to the grid.');
    const thick = g.axes.reduce((sum, a, n) => sum + Math.abs(inner(a, stack.normal)) * g.spacing[n], 0);
    const reach = Math.max(regularDistance(stack.planes) ?? 0, thick) / 2;
    for (let v = 0; v < mask.length; v++) {
      const [i, rest] = [v % g.size[0], Math.floor(v / g.size[0])];
      const p = toPatient(g, voxelIndex(i, rest % g.size[1], Math.floor(rest / g.size[1])));
      const plane = planeAt(stack.planes, inner(p, stack.normal), reach);
      const [x, y] = [snapped(inner(p, stack.u)), snapped(inner(p, stack.v))];
      let inside = false;
      for (const polygon of plane?.polygons ?? [])
        for (let n = 0; n < polygon.length; n += 2) {
          const from = (n + polygon.length - 2) % polygon.length;
          const [x0, y0] = [snapped(polygon[from]), snapped(polygon[from + 1])];
          const [x1, y1] = [snapped(polygon[n]), snapped(polygon[n + 1])];
          if (y0 <= y !== y1 <= y && x >= snapped(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0))) inside = !inside;
        }
      if (inside) mask[v] = 1;
    }
  }
  return mask;
}

const oblique = fc
  .tuple(fc.double({ min: 0.2, max: 1, noNaN: true }), fc.double({ min: 0.2, max: 1, noNaN: true }))
  .map(([a, b]) => [a, b] as const);

test('oblique contours take exactly the voxels that the rule gives, on any grid', () => {
  let filled = 0;
  fc.assert(
    fc.property(
      anyGrid,
      oblique,
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 0.4, max: 5, noNaN: true }),
      fc.array(fc.double({ min: 1, max: 14, noNaN: true }), { minLength: 3, maxLength: 9 }),
      (g, [a, b], planes, apart, radii) => {
        // Oblique to the grid's own axes, whichever way those lie.
        const normal = unit(
          patientVector(
            ...([0, 1, 2].map((x) => g.axes[0][x] * a + g.axes[1][x] * b + g.axes[2][x]) as [
              number,
              number,
              number,
            ]),
          ),
        );
        const middle = toPatient(g, voxelIndex(g.size[0] / 2, g.size[1] / 2, g.size[2] / 2));
        const contours = stars(middle, normal, planes, apart, (n) => radii[n], radii.length);
        const { stacks } = planesOfContours(
          contours.map((c) => c.points),
          g,
        );
        fc.pre(stacks.every((stack) => stack.kind === 'free'));
        const { mask } = maskOfContours(contours, g);
        expect(mask).toEqual(asked(contours, g));
        filled += mask.reduce((sum, x) => sum + x, 0);
      },
    ),
    { numRuns: 300 },
  );
  expect(filled).toBeGreaterThan(1000);
});

test('a structure of 60 oblique planes on a scan of 26 million voxels is filled, with the volume that it encloses', () => {
  const g = straightGrid([512, 512, 100], [0.9, 0.9, 3], [-230, -230, -150]);
  const normal = unit(patientVector(0.1, 0.15, 1));
  const { mask } = maskOfContours(
    stars([0, 0, 0], normal, 60, 3, () => 60, 120),
    g,
  );
  let voxels = 0;
  for (let v = mask.indexOf(1); v >= 0; v = mask.indexOf(1, v + 1)) voxels++;
  const enclosed = 60 * 3 * (120 / 2) * 60 ** 2 * Math.sin((2 * Math.PI) / 120);
  expect((voxels * 0.9 * 0.9 * 3) / enclosed).toBeCloseTo(1, 2);
}, 30_000);
