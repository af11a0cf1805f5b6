import type { Random } from './phantom-random';
import { blob, grownTogether, shell, tube, within, type Shape } from './phantom-shape';

/** What a tissue gives in each modality: HU, T2-weighted signal with fat suppressed (arbitrary), SUV; `texture` is relative unrest. */
export interface Tissue {
  readonly hu: number;
  readonly mr: number;
  readonly suv: number;
  readonly texture: number;
}

export interface Part {
  readonly name: string;
  readonly shape: Shape;
  readonly tissue: Tissue;
}

/** A trunk from the heart to the bladder, in patient space with its middle at the origin. */
export interface Anatomy {
  readonly body: Shape;
  /** In the order in which they are painted: the later covers the earlier. */
  readonly parts: readonly Part[];
  /** Where no lesion is put. */
  readonly keepClear: readonly Shape[];
  /** Size against the average, about 0.85 to 1.2. */
  readonly scale: number;
}

const TISSUES = {
  fat: { hu: -105, mr: 120, suv: 0.3, texture: 0.4 },
  muscle: { hu: 52, mr: 190, suv: 0.65, texture: 1 },
  viscera: { hu: -70, mr: 150, suv: 0.5, texture: 1.6 },
  lung: { hu: -800, mr: 40, suv: 0.4, texture: 3 },
  cortex: { hu: 780, mr: 40, suv: 0.9, texture: 2 },
  marrow: { hu: 190, mr: 210, suv: 1.4, texture: 2 },
  disc: { hu: 75, mr: 300, suv: 0.8, texture: 0.6 },
  liver: { hu: 98, mr: 250, suv: 2.1, texture: 1.1 },
  spleen: { hu: 108, mr: 430, suv: 1.8, texture: 0.8 },
  kidney: { hu: 140, mr: 470, suv: 3.2, texture: 1.2 },
  renalPelvis: { hu: 12, mr: 880, suv: 11, texture: 0.3 },
  myocardium: { hu: 85, mr: 240, suv: 6, texture: 0.8 },
  blood: { hu: 130, mr: 70, suv: 1.7, texture: 0.3 },
  bowel: { hu: 38, mr: 310, suv: 1.6, texture: 2.2 },
  gas: { hu: -850, mr: 30, suv: 0.2, texture: 0.3 },
  urine: { hu: 7, mr: 950, suv: 22, texture: 0.3 },
  couch: { hu: -150, mr: 0, suv: 0, texture: 0.5 },
} satisfies Record<string, Tissue>;

/** A patient of the demonstration archive: the same plan for all, each with sizes and positions of their own. */
export function createAnatomy(random: Random): Anatomy {
  const scale = random.between(0.86, 1.14);
  const uptake = {
    heart: random.chance(0.6) ? random.between(3, 9) : 1.9,
    urine: random.logBetween(8, 35),
    bowel: random.between(0.9, 3.5),
    liver: random.between(1.7, 2.6),
  };
  const contrast = random.between(0.5, 1.2);
  const about = (share = 0.06): number => 1 + share * Math.max(-2, Math.min(2, random.normal()));
  const at = (x: number, y: number, z: number): [number, number, number] => [
    x * scale + 4 * random.normal() * scale,
    y * scale + 3 * random.normal() * scale,
    z * scale + 4 * random.normal() * scale,
  ];
  const size = (x: number, y: number, z: number): [number, number, number] => [
    x * scale * about(),
    y * scale * about(),
    z * scale * about(),
  ];
  const rough = (roughness: number): { roughness: number; random: Random } => ({ roughness, random });

  // Nearly a cylinder: the scan cuts it above and below.
  const body = blob(
    [0, 0, 0],
    [178 * scale * about(0.05), 122 * scale * about(0.08), 620 * scale],
    rough(0.012),
  );
  const depth = random.between(12, 30);
  const wall = shifted(body, depth * 0.9);
  const cavity = shifted(body, depth + 17 * scale);
  const parts: Part[] = [];
  const paint = (name: string, tissue: Tissue, shape: Shape): Shape => {
    const enhanced = tissue.hu > 80 && tissue.hu < 150 ? 60 + (tissue.hu - 60) * contrast : tissue.hu;
    parts.push({ name, shape, tissue: { ...tissue, hu: enhanced } });
    return shape;
  };

  paint('couch', TISSUES.couch, shell(blob([0, -40, 0], [250, 178 * scale, 1200]), 9));
  paint('fat', TISSUES.fat, body);
  paint('muscle', TISSUES.muscle, wall);
  paint('viscera', TISSUES.viscera, cavity);

  for (const side of [-1, 1]) {
    paint(
      'muscle',
      TISSUES.muscle,
      tube([at(side * 30, 50, 70), at(side * 42, 42, -40), at(side * 62, 0, -170)], 15 * scale),
    );
    paint(
      'muscle',
      TISSUES.muscle,
      within(tube([at(side * 30, 92, 260), at(side * 32, 92, -200)], 22 * scale), body),
    );
    paint(
      'muscle',
      TISSUES.muscle,
      within(blob(at(side * 86, 72, -150), size(62, 46, 74), rough(0.08)), wall),
    );
  }
  for (const side of [-1, 1])
    paint('lung', TISSUES.lung, within(blob(at(side * 78, -8, 168), size(58, 82, 118), rough(0.04)), cavity));
  paint(
    'liver',
    { ...TISSUES.liver, suv: uptake.liver },
    within(blob(at(-62, -16, 34), size(88, 78, 66), rough(0.08)), cavity),
  );
  paint('spleen', TISSUES.spleen, within(blob(at(98, 30, 44), size(30, 42, 42), rough(0.07)), cavity));
  const stomach = within(blob(at(58, -38, 46), size(44, 36, 36), rough(0.1)), cavity);
  paint('stomach', { ...TISSUES.bowel, suv: 1.8 }, stomach);
  paint('gas', TISSUES.gas, within(blob(at(54, -58, 46), size(26, 12, 20), rough(0.1)), stomach));

  const kidneys = [-1, 1].map((side) => {
    const center = at(side * 66, 48, side < 0 ? -14 : -4);
    const kidney = paint(
      'kidney',
      TISSUES.kidney,
      blob(center, size(27, 24, 50), { yaw: -0.5 * side, ...rough(0.05) }),
    );
    paint(
      'renal pelvis',
      TISSUES.renalPelvis,
      blob([center[0] - side * 8, center[1] - 4, center[2]], size(8, 8, 17), rough(0.1)),
    );
    return kidney;
  });

  const heart = blob(at(22, -34, 132), size(50, 42, 48), { yaw: 0.6, ...rough(0.05) });
  paint('heart', { ...TISSUES.myocardium, suv: uptake.heart }, heart);
  paint('blood', TISSUES.blood, shifted(heart, 12 * scale));
  for (let n = 0; n < 15; n++) {
    const center = at(random.between(-88, 88), random.between(-64, 10), random.between(-98, -12));
    const loop = within(
      blob(center, size(17, 15, 20), { yaw: random.between(0, 3), ...rough(0.14) }),
      cavity,
    );
    const active = uptake.bowel * random.between(0.4, 1.4);
    paint('bowel', { ...TISSUES.bowel, suv: active }, loop);
    if (random.chance(0.45))
      paint(
        'gas',
        TISSUES.gas,
        within(blob([center[0], center[1] - 5, center[2]], size(9, 6, 10), rough(0.15)), loop),
      );
  }
  const aorta = tube([at(10, 40, 240), at(12, 42, 60), at(6, 40, -50)], 11 * scale);
  paint('aorta', TISSUES.blood, aorta);
  paint('vena cava', TISSUES.blood, tube([at(-18, 34, 200), at(-20, 36, 0), at(-14, 38, -60)], 11 * scale));
  for (const side of [-1, 1])
    paint(
      'iliac artery',
      TISSUES.blood,
      tube([[4, 38 * scale, -52 * scale], at(side * 42, 20, -120), at(side * 62, -16, -170)], 6 * scale),
    );

  bones(paint, scale, at, size, rough);
  const bladder = paint(
    'bladder',
    { ...TISSUES.urine, suv: uptake.urine },
    blob(at(0, -24, -124), size(40, 34, random.between(20, 32)), rough(0.05)),
  );
  return { body, parts, keepClear: [heart, bladder, aorta, stomach, ...kidneys], scale };
}

/** The solid with its surface moved inwards by `depth` mm. */
const shifted = (shape: Shape, depth: number): Shape => ({
  min: shape.min,
  max: shape.max,
  distance: (x, y, z) => shape.distance(x, y, z) + depth,
});

function bones(
  paint: (name: string, tissue: Tissue, shape: Shape) => Shape,
  scale: number,
  at: (x: number, y: number, z: number) => [number, number, number],
  size: (x: number, y: number, z: number) => [number, number, number],
  rough: (roughness: number) => { roughness: number; random: Random },
): void {
  const bone = (shape: Shape, cortex: number): void => {
    paint('bone', TISSUES.cortex, shape);
    paint('marrow', TISSUES.marrow, shifted(shape, cortex));
  };
  for (let z = 190; z >= -110; z -= 34) {
    const center: [number, number, number] = [0, 68 * scale, z * scale];
    paint(
      'disc',
      TISSUES.disc,
      blob([center[0], center[1], center[2] - 17 * scale], [20 * scale, 16 * scale, 9 * scale]),
    );
    bone(blob(center, size(23, 18, 15), rough(0.03)), 2.5);
    bone(
      grownTogether(
        [
          tube(
            [
              [0, center[1] + 20 * scale, center[2]],
              [0, center[1] + 44 * scale, center[2] - 8 * scale],
            ],
            5 * scale,
          ),
          tube(
            [
              [-34 * scale, center[1] + 22 * scale, center[2]],
              [34 * scale, center[1] + 22 * scale, center[2]],
            ],
            4.5 * scale,
          ),
        ],
        6,
      ),
      3,
    );
  }
  for (const side of [-1, 1]) {
    for (let z = 200; z >= 50; z -= 25) bone(tube(rib(side, z, scale), 5 * scale), 3);
    const wing = blob(at(side * 92, 30, -104), size(16, 66, 58), {
      yaw: side * 0.75,
      pitch: 0.2,
      ...rough(0.05),
    });
    bone(wing, 3);
    bone(blob(at(side * 92, 8, -170), size(27, 27, 27), rough(0.02)), 3);
  }
  bone(blob(at(0, 74, -140), size(46, 18, 36), { pitch: 0.4, ...rough(0.06) }), 2.5);
}

/** Half a ring that slopes down to the front. */
const rib = (side: number, z: number, scale: number): [number, number, number][] =>
  Array.from({ length: 9 }, (_, n) => {
    const angle = (n / 8) * Math.PI * 0.86;
    return [
      side * 140 * scale * Math.sin(angle) + side * 14,
      82 * Math.cos(angle) * scale - 4,
      (z - 46 * (n / 8)) * scale,
    ];
  });
