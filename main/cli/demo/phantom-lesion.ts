import type { Anatomy, Tissue } from './phantom-anatomy';
import type { Random } from './phantom-random';
import { blob, grownTogether, type Shape } from './phantom-shape';

/** A tumour: its outline is the truth that learning is measured against. */
export interface Lesion {
  readonly shape: Shape;
  readonly center: readonly [number, number, number];
  /** Radius of the sphere that it departs from, mm. */
  readonly radius: number;
  readonly tissue: Tissue;
  /** A dead core without uptake, in some of the larger ones; it belongs to the tumour. */
  readonly core: { readonly shape: Shape; readonly tissue: Tissue } | null;
}

/** Half height, mm, of the part of the trunk that every scan of the archive shows. */
export const COMMON_HALF_HEIGHT = 118;

/**
 * One to five tumours of one patient, anywhere in the body but in the heart, the great vessels, the kidneys, the
 * stomach and the bladder. On CT they take up contrast as the kidneys and the vessels do, on MR they are bright as spleen,
 * kidney and fluid are, on PET hot except one in ten: where they lie tells as much as how bright they are.
 */
export function createLesions(anatomy: Anatomy, random: Random): readonly Lesion[] {
  const lesions: Lesion[] = [];
  const count =
    1 + (random.chance(0.65) ? 1 : 0) + (random.chance(0.45) ? 1 : 0) + (random.chance(0.3) ? 2 : 0);
  for (let n = 0; n < count; n++) {
    const radius = n === 0 ? random.between(13, 30) : random.logBetween(5, 22);
    const center = place(anatomy, lesions, radius, random);
    if (center !== null) lesions.push(grow(center, radius, random));
  }
  return lesions;
}

/** A place deep enough in the body and clear of what is kept clear; null if none was found in 400 tries. */
function place(
  anatomy: Anatomy,
  others: readonly Lesion[],
  radius: number,
  random: Random,
): [number, number, number] | null {
  const reach = COMMON_HALF_HEIGHT - radius;
  for (let attempt = 0; attempt < 400; attempt++) {
    const [x, y, z] = [random.between(-170, 170), random.between(-120, 120), random.between(-reach, reach)];
    if (anatomy.body.distance(x, y, z) > -(0.9 * radius + 5)) continue;
    if (anatomy.keepClear.some((shape) => shape.distance(x, y, z) < radius * 1.3 + 3)) continue;
    if (
      others.some(
        ({ center, radius: other }) =>
          Math.hypot(x - center[0], y - center[1], z - center[2]) < 1.5 * (radius + other) + 8,
      )
    )
      continue;
    return [x, y, z];
  }
  return null;
}

function grow(center: readonly [number, number, number], radius: number, random: Random): Lesion {
  const part = (share: number, offset: number): Shape =>
    blob(
      [
        center[0] + offset * radius * random.normal(),
        center[1] + offset * radius * random.normal(),
        center[2] + offset * radius * random.normal(),
      ],
      [
        radius * share * random.between(0.75, 1.2),
        radius * share * random.between(0.75, 1.2),
        radius * share * random.between(0.75, 1.2),
      ],
      { yaw: random.between(0, Math.PI), roughness: random.between(0.03, 0.14), random },
    );
  const lobes = [part(1, 0)];
  const more = random.chance(0.55) ? 1 + Math.floor(random.between(0, 3)) : 0;
  for (let n = 0; n < more; n++) lobes.push(part(random.between(0.45, 0.75), 0.5));
  const shape = lobes.length === 1 ? lobes[0] : grownTogether(lobes, radius * 0.4);
  const tissue: Tissue = {
    hu: random.between(112, 158),
    mr: random.between(520, 780),
    suv: random.chance(0.1) ? random.between(1.8, 2.8) : random.logBetween(3.5, 15),
    texture: random.between(0.8, 2.2),
  };
  const hasCore = radius > 15 && random.chance(0.5);
  const core = hasCore
    ? {
        shape: blob(center, [radius * 0.5, radius * 0.45, radius * 0.5], { roughness: 0.15, random }),
        tissue: {
          hu: tissue.hu - 55,
          mr: tissue.mr * 1.25,
          suv: Math.max(0.7, tissue.suv * 0.25),
          texture: 1,
        },
      }
    : null;
  return { shape, center, radius, tissue, core };
}
