import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  patientPoint,
  patientVector,
  toPatient,
  voxelIndex,
  type VolumeGeometry,
} from '../../main/imaging/space/geometry';
import {
  canvasToPatient,
  ontoSlice,
  patientToCanvas,
  zoomed,
  type Camera,
} from '../../renderer/viewer/camera';
import {
  dot,
  edgeLetters,
  obliquity,
  sideOf,
  sliceAt,
  sliceStack,
  viewBases,
  viewIds,
  type Alignment,
} from '../../renderer/viewer/planes';

/** A rotation by Euler angles, as axes of a grid. */
function axesOf(a: number, b: number, c: number): VolumeGeometry['axes'] {
  const [ca, sa, cb, sb, cc, sc] = [a, b, c].flatMap((x) => [Math.cos(x), Math.sin(x)]);
  return [
    patientVector(cb * cc, cb * sc, -sb),
    patientVector(sa * sb * cc - ca * sc, sa * sb * sc + ca * cc, sa * cb),
    patientVector(ca * sb * cc + sa * sc, ca * sb * sc - sa * cc, ca * cb),
  ];
}

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
const geometry = fc.record({
  size: fc.tuple(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 60 }),
  ),
  spacing: fc.tuple(
    fc.double({ min: 0.3, max: 8, noNaN: true }),
    fc.double({ min: 0.3, max: 8, noNaN: true }),
    fc.double({ min: 0.3, max: 8, noNaN: true }),
  ),
  origin: fc
    .tuple(
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: -500, max: 500 }),
    )
    .map(([x, y, z]) => patientPoint(x, y, z)),
  axes: fc.tuple(angle, angle, angle).map(([a, b, c]) => axesOf(a, b, c)),
});
const alignment = fc.constantFrom<Alignment>('patient', 'scan');

const straight: VolumeGeometry = {
  size: [10, 20, 30],
  spacing: [1, 2, 3],
  origin: patientPoint(-5, -20, 100),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
};

describe('views of any grid', () => {
  test('lie on three right-handed, orthonormal bases', () => {
    fc.assert(
      fc.property(geometry, alignment, (g, along) => {
        const bases = viewBases(g, along);
        for (const view of viewIds) {
          const { right, down, away } = bases[view];
          for (const v of [right, down, away]) expect(dot(v, v)).toBeCloseTo(1, 9);
          expect(dot(right, down)).toBeCloseTo(0, 9);
          expect(dot(right, away)).toBeCloseTo(0, 9);
          const cross = [
            right[1] * down[2] - right[2] * down[1],
            right[2] * down[0] - right[0] * down[2],
            right[0] * down[1] - right[1] * down[0],
          ];
          expect(dot(cross, away)).toBeCloseTo(1, 9);
        }
      }),
    );
  });

  test('along the scan step through its own slices: slice n holds the voxels of index n', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const bases = viewBases(g, 'scan');
        const axes = new Set<number | null>();
        for (const view of viewIds) {
          const stack = sliceStack(g, bases[view]);
          axes.add(stack.axis);
          if (stack.axis === null) throw new Error('A view along the scan has an axis.');
          expect(stack.count).toBe(g.size[stack.axis]);
          const index: [number, number, number] = [0, 0, 0];
          index[stack.axis] = stack.count - 1;
          const last = toPatient(g, voxelIndex(...index));
          expect(sliceAt(stack, bases[view], last)).toBe(stack.count - 1);
          expect(dot(last, bases[view].away)).toBeCloseTo(stack.first + (stack.count - 1) * stack.step, 6);
        }
        expect(axes.size).toBe(3);
      }),
    );
  });

  test('across the scan still reach every voxel centre to within half a step', () => {
    fc.assert(
      fc.property(geometry, (g) => {
        const bases = viewBases(g, 'patient');
        for (const view of viewIds) {
          const stack = sliceStack(g, bases[view]);
          const corner = toPatient(g, voxelIndex(g.size[0] - 1, g.size[1] - 1, g.size[2] - 1));
          const n = sliceAt(stack, bases[view], corner);
          const off = Math.abs(dot(corner, bases[view].away) - (stack.first + n * stack.step));
          expect(off).toBeLessThanOrEqual(Math.abs(stack.step) * (1 + 1e-6));
        }
      }),
    );
  });
});

test('a straight scan is read in the radiological convention', () => {
  const bases = viewBases(straight, 'patient');
  expect(edgeLetters(bases.axial)).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' });
  expect(edgeLetters(bases.coronal)).toEqual({ left: 'R', right: 'L', top: 'S', bottom: 'I' });
  expect(edgeLetters(bases.sagittal)).toEqual({ left: 'A', right: 'P', top: 'S', bottom: 'I' });
  expect(obliquity(straight)).toBe(0);
  expect(sideOf(patientVector(Math.SQRT1_2, Math.SQRT1_2, 0))).toBe('LP');
});

describe('a camera', () => {
  const camera = fc
    .record({
      g: geometry,
      along: alignment,
      view: fc.constantFrom(...viewIds),
      mmPerPixel: fc.double({ min: 0.05, max: 5, noNaN: true }),
      width: fc.integer({ min: 100, max: 3000 }),
      height: fc.integer({ min: 100, max: 2000 }),
    })
    .map(({ g, along, view, mmPerPixel, width, height }): Camera => ({
      basis: viewBases(g, along)[view],
      centre: g.origin,
      mmPerPixel,
      width,
      height,
    }));
  const spot = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 2000 }));

  test('gives back the canvas point of the patient point that it gave', () => {
    fc.assert(
      fc.property(camera, spot, (c, at) => {
        const [x, y] = patientToCanvas(c, canvasToPatient(c, at));
        expect(x).toBeCloseTo(at[0], 6);
        expect(y).toBeCloseTo(at[1], 6);
      }),
    );
  });

  test('keeps the patient point under the pointer while it zooms', () => {
    fc.assert(
      fc.property(camera, spot, fc.double({ min: 0.5, max: 2, noNaN: true }), (c, at, factor) => {
        const before = canvasToPatient(c, at);
        const after = canvasToPatient(zoomed(c, factor, at), at);
        before.forEach((v, axis) => expect(after[axis]).toBeCloseTo(v, 6));
      }),
    );
  });

  test('moves to a slice without moving in the plane', () => {
    fc.assert(
      fc.property(camera, fc.double({ min: -300, max: 300, noNaN: true }), (c, position) => {
        const next = ontoSlice(c, position);
        expect(dot(next.centre, c.basis.away)).toBeCloseTo(position, 6);
        expect(dot(next.centre, c.basis.right)).toBeCloseTo(dot(c.centre, c.basis.right), 6);
        expect(dot(next.centre, c.basis.down)).toBeCloseTo(dot(c.centre, c.basis.down), 6);
      }),
    );
  });
});
