import type { Random } from './phantom-random';

type Triple = readonly [number, number, number];

/** A solid in patient space, mm. */
export interface Shape {
  /** A box that holds the solid. */
  readonly min: Triple;
  readonly max: Triple;
  /** Distance to the surface, mm, negative inside; exact for spheres, a good estimate near the surface otherwise. */
  distance(x: number, y: number, z: number): number;
}

export interface BlobOptions {
  /** Turn about the z axis, radians. */
  readonly yaw?: number;
  /** Turn about the x axis, radians. */
  readonly pitch?: number;
  /** How far the surface departs from an ellipsoid, as a share of the radius. */
  readonly roughness?: number;
  /** Decides where it departs. */
  readonly random?: Random;
}

/** An ellipsoid, turned and with an uneven surface. */
export function blob(center: Triple, radii: Triple, options: BlobOptions = {}): Shape {
  const { yaw = 0, pitch = 0, roughness = 0, random } = options;
  const [cosYaw, sinYaw, cosPitch, sinPitch] = [
    Math.cos(yaw),
    Math.sin(yaw),
    Math.cos(pitch),
    Math.sin(pitch),
  ];
  const waves = Array.from({ length: roughness > 0 && random ? 4 : 0 }, (_, n) => ({
    a: ((random?.normal() ?? 0) * (2 + n)) / 2,
    b: ((random?.normal() ?? 0) * (2 + n)) / 2,
    c: ((random?.normal() ?? 0) * (2 + n)) / 2,
    phase: (random?.next() ?? 0) * 2 * Math.PI,
    amplitude: roughness / (1 + n / 2),
  }));
  const slack = 1 + roughness * 2.4;
  const turned = yaw !== 0 || pitch !== 0;
  const reach = Math.max(...radii) * slack;
  const half: Triple = turned
    ? [reach, reach, reach]
    : [radii[0] * slack, radii[1] * slack, radii[2] * slack];
  return {
    min: [center[0] - half[0], center[1] - half[1], center[2] - half[2]],
    max: [center[0] + half[0], center[1] + half[1], center[2] + half[2]],
    distance(x, y, z) {
      let u = x - center[0];
      let v = y - center[1];
      let w = z - center[2];
      if (turned) {
        const along = cosYaw * u + sinYaw * v;
        const across = cosYaw * v - sinYaw * u;
        u = along;
        v = cosPitch * across + sinPitch * w;
        w = cosPitch * w - sinPitch * across;
      }
      u /= radii[0];
      v /= radii[1];
      w /= radii[2];
      const relative = Math.sqrt(u * u + v * v + w * w);
      if (relative === 0) return -Math.min(...radii);
      const a = u / radii[0];
      const b = v / radii[1];
      const c = w / radii[2];
      const gradient = Math.sqrt(a * a + b * b + c * c) / relative;
      let surface = 1;
      for (const wave of waves)
        surface += wave.amplitude * Math.sin((wave.a * u + wave.b * v + wave.c * w) / relative + wave.phase);
      return (relative - surface) / gradient;
    },
  };
}

/** Everything within `radius` of a line through the points. */
export function tube(points: readonly Triple[], radius: number): Shape {
  const bound = (pick: (...values: number[]) => number, margin: number): Triple => [
    pick(...points.map((p) => p[0])) + margin,
    pick(...points.map((p) => p[1])) + margin,
    pick(...points.map((p) => p[2])) + margin,
  ];
  const segments = points.slice(1).map((end, n) => {
    const start = points[n];
    const along: Triple = [end[0] - start[0], end[1] - start[1], end[2] - start[2]];
    return { start, along, squared: along[0] ** 2 + along[1] ** 2 + along[2] ** 2 };
  });
  return {
    min: bound(Math.min, -radius),
    max: bound(Math.max, radius),
    distance(x, y, z) {
      let nearest = Infinity;
      for (const { start, along, squared } of segments) {
        const a = x - start[0];
        const b = y - start[1];
        const c = z - start[2];
        const share = Math.min(1, Math.max(0, (a * along[0] + b * along[1] + c * along[2]) / squared));
        const d = (a - share * along[0]) ** 2 + (b - share * along[1]) ** 2 + (c - share * along[2]) ** 2;
        if (d < nearest) nearest = d;
      }
      return Math.sqrt(nearest) - radius;
    },
  };
}

/** Several solids grown together; `blend` mm is how round the seams are. */
export function grownTogether(shapes: readonly Shape[], blend: number): Shape {
  return {
    min: extent(shapes, 'min'),
    max: extent(shapes, 'max'),
    distance(x, y, z) {
      let total = Infinity;
      for (const shape of shapes) {
        const d = shape.distance(x, y, z);
        const overlap = Math.max(blend - Math.abs(total - d), 0) / blend;
        total = Math.min(total, d) - (Number.isFinite(total) ? (overlap * overlap * blend) / 4 : 0);
      }
      return total;
    },
  };
}

function extent(shapes: readonly Shape[], end: 'min' | 'max'): Triple {
  const pick = end === 'min' ? Math.min : Math.max;
  const margin = end === 'min' ? -3 : 3; // what the blending can add
  const [x, y, z] = [0, 1, 2].map((axis) => pick(...shapes.map((shape) => shape[end][axis])) + margin);
  return [x, y, z];
}

/** The solid less everything deeper than `thickness` mm. */
export const shell = (shape: Shape, thickness: number): Shape => ({
  min: shape.min,
  max: shape.max,
  distance(x, y, z) {
    const d = shape.distance(x, y, z);
    return Math.max(d, -thickness - d);
  },
});

/** The part of a solid that is inside another. */
export const within = (shape: Shape, other: Shape): Shape => ({
  min: [0, 1, 2].map((axis) => Math.max(shape.min[axis], other.min[axis])) as unknown as Triple,
  max: [0, 1, 2].map((axis) => Math.min(shape.max[axis], other.max[axis])) as unknown as Triple,
  distance: (x, y, z) => Math.max(shape.distance(x, y, z), other.distance(x, y, z)),
});
