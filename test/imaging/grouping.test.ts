import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupIntoVolumes, type HeaderOfFile } from '../../main/imaging';
import type { FrameHeader, FrameKeys } from '../../main/imaging/dicom/frames';
import type { PetTags } from '../../main/imaging/dicom/pet-tags';
import { toPatient, voxelIndex } from '../../main/imaging/space/geometry';

type Triple = readonly [number, number, number];

/** A slice as a scanner would describe it. */
function slice(
  n: number,
  position: Triple,
  orientation: readonly [Triple, Triple],
  keys: FrameKeys = {},
  change: Partial<FrameHeader> = {},
): HeaderOfFile {
  return {
    path: `${String(n).padStart(4, '0')}.dcm`,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.4',
    sopInstanceUid: `1.2.3.${n}`,
    transferSyntax: '1.2.840.10008.1.2.1',
    modality: 'MR',
    manufacturer: '',
    model: '',
    patient: { id: 'p', name: '', birthDate: '', sex: '' },
    study: { uid: '1.2', id: '', date: '', time: '', description: '', accessionNumber: '' },
    series: { uid: '1.2.3', number: 1, description: 'scan', date: '', time: '', protocol: '', bodyPart: '' },
    frameOfReference: '1.9',
    patientPosition: 'HFS',
    instanceNumber: n,
    image: {
      rows: 6,
      columns: 7,
      samplesPerPixel: 1,
      photometric: 'MONOCHROME2',
      planar: false,
      bitsAllocated: 16,
      bitsStored: 16,
      highBit: 15,
      signed: true,
      floatBits: 0,
      modalityLut: false,
      lossy: null,
      imageType: [],
      gantryTilt: null,
      windows: [],
      storedFrames: 1,
      frames: [
        {
          stored: 0,
          position,
          orientation,
          spacing: [0.8, 0.9],
          thickness: 3,
          spacingBetween: null,
          slope: 1,
          intercept: 0,
          rescaled: true,
          rescaleType: '',
          keys,
          ...change,
        },
      ],
    },
    pet: null,
  };
}

/** A PET that says nothing of itself. */
const noPetTags: PetTags = {
  ...{ manufacturer: '', units: '', suvType: '', correctedImage: [], decayCorrection: '' },
  ...{ seriesDate: '', seriesTime: '', acquisitionDate: '', acquisitionTime: '', sex: '' },
  ...{ frameReferenceTimeMs: null, decayFactor: null, weightKg: null, heightM: null, doseBq: null },
  ...{ radiopharmaceutical: '', halfLifeSeconds: null, injectionTime: '', injectionDateTime: '' },
  ...{ geScanDateTime: '', philipsSuvFactor: null, philipsActivityFactor: null },
};

const angle = fc.double({ min: -3, max: 3, noNaN: true });
const orientation = fc.tuple(angle, angle, angle).map(([a, b, c]): readonly [Triple, Triple] => {
  const [ca, sa, cb, sb, cc, sc] = [
    Math.cos(a),
    Math.sin(a),
    Math.cos(b),
    Math.sin(b),
    Math.cos(c),
    Math.sin(c),
  ];
  return [
    [ca * cb, sa * cb, -sb],
    [ca * sb * sc - sa * cc, sa * sb * sc + ca * cc, cb * sc],
  ];
});
const normal = ([r, c]: readonly [Triple, Triple]): Triple => [
  r[1] * c[2] - r[2] * c[1],
  r[2] * c[0] - r[0] * c[2],
  r[0] * c[1] - r[1] * c[0],
];
const along = (o: readonly [Triple, Triple], h: number): Triple =>
  normal(o).map((v, axis) => 10 * axis + h * v) as unknown as Triple;

const axial: readonly [Triple, Triple] = [
  [1, 0, 0],
  [0, 1, 0],
];
const at = (h: number): Triple => [0, 0, h];

describe('grouping', () => {
  test('property: any plane, any order of files, one regular volume where the slices are', () => {
    fc.assert(
      fc.property(
        orientation,
        fc.integer({ min: 2, max: 30 }),
        fc.double({ min: 0.5, max: 8, noNaN: true }),
        fc.infiniteStream(fc.nat()),
        (o, count, gap, random) => {
          const slices = Array.from({ length: count }, (_, n) => slice(n, along(o, n * gap), o));
          const shuffled = slices.map((s) => [random.next().value, s] as const).sort((a, b) => a[0] - b[0]);
          const { volumes, leftOut } = groupIntoVolumes(shuffled.map(([, s]) => s));
          expect(leftOut).toEqual([]);
          expect(volumes.length).toBe(1);
          const g = volumes[0].geometry ?? expect.fail('irregular');
          expect(g.size).toEqual([7, 6, count]);
          volumes[0].frames.forEach((f, k) => {
            const p = toPatient(g, voxelIndex(0, 0, k));
            expect(Math.hypot(...p.map((c, n) => c - f.position[n]))).toBeLessThan(1e-6 * count * gap + 1e-6);
            expect(f.path).toBe(slices[k].path);
          });
        },
      ),
    );
  });

  test('property: echoes and times become whole volumes, whatever the order of numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 2, max: 6 }),
        (echoes, times, places) => {
          const slices: HeaderOfFile[] = [];
          for (let place = 0; place < places; place++)
            for (let time = 0; time < times; time++)
              for (let echo = 0; echo < echoes; echo++)
                slices.push(
                  slice((slices.length * 7919) % 100_003, at(place * 3), axial, {
                    echo: 2 + echo,
                    temporal: time,
                  }),
                );
          const { volumes, leftOut } = groupIntoVolumes(slices);
          expect(leftOut).toEqual([]);
          expect(volumes.length).toBe(echoes * times);
          expect(new Set(volumes.map((v) => v.description)).size).toBe(volumes.length);
          for (const v of volumes) expect(v.frames.length).toBe(places);
        },
      ),
    );
  });

  test('property: taking slices out of the middle is never stacked over', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (count, gone, seed) => {
          const first = 1 + (seed % (count - gone - 2));
          const slices = Array.from({ length: count }, (_, n) => slice(n, at(n * 2.5), axial)).filter(
            (_, n) => n < first || n >= first + gone,
          );
          const [plan] = groupIntoVolumes(slices).volumes;
          expect(plan.usable).toBe(false);
          expect(plan.warnings[0]).toMatch(
            gone === 1 ? /^One slice is missing/ : new RegExp(`^${gone} slices are missing`),
          );
          expect(plan.irregular?.regular.size[2]).toBe(count);
        },
      ),
    );
  });

  test('two ranges of one series are two volumes', () => {
    const low = Array.from({ length: 10 }, (_, n) => slice(n, at(n * 3), axial, { acquisition: 1 }));
    const high = Array.from({ length: 12 }, (_, n) =>
      slice(20 + n, at(100 + n * 3), axial, { acquisition: 2 }),
    );
    const { volumes } = groupIntoVolumes([...low, ...high]);
    expect(volumes.map((v) => [v.usable, v.frames.length, v.description])).toEqual([
      [true, 10, 'scan · acquisition 1'],
      [true, 12, 'scan · acquisition 2'],
    ]);
  });

  test('planes of a localiser are volumes of their own, named by their plane', () => {
    const sagittal: readonly [Triple, Triple] = [
      [0, 1, 0],
      [0, 0, -1],
    ];
    const slices = [
      ...Array.from({ length: 3 }, (_, n) => slice(n, at(n * 10), axial)),
      ...Array.from({ length: 3 }, (_, n) => slice(10 + n, [n * 10, 0, 0], sagittal)),
    ];
    const { volumes } = groupIntoVolumes(slices);
    expect(volumes.map((v) => v.description).sort()).toEqual(['scan · axial', 'scan · sagittal']);
    expect(volumes.every((v) => v.usable)).toBe(true);
  });

  test('places rounded to tenths of a millimetre are still regular', () => {
    const slices = Array.from({ length: 40 }, (_, n) => slice(n, at(Math.round(n * 33.33) / 10), axial));
    expect(groupIntoVolumes(slices).volumes[0].usable).toBe(true);
  });

  test('a shift in the plane of half a pixel a slice is no straight stack', () => {
    const slices = Array.from({ length: 10 }, (_, n) => slice(n, [0, n * 0.45, n * 3], axial));
    const [plan] = groupIntoVolumes(slices).volumes;
    expect(plan.warnings[0]).toMatch(/^The gantry was tilted by 8\.5°/);
  });

  test('another frame of reference, matrix or pixel size is another volume', () => {
    const base = Array.from({ length: 4 }, (_, n) => slice(n, at(n * 3), axial));
    const moved = base.map((s, n) => ({
      ...s,
      path: `m${n}`,
      sopInstanceUid: `9.${n}`,
      frameOfReference: '1.8',
    }));
    const wider = base.map((s, n) =>
      slice(50 + n, s.image?.frames[0].position ?? at(0), axial, {}, { spacing: [0.9, 0.9] }),
    );
    const { volumes, leftOut } = groupIntoVolumes([...base, ...moved, ...wider]);
    expect(leftOut).toEqual([]);
    expect(volumes.map((v) => v.frames.length)).toEqual([4, 4, 4]);
  });

  test.each([
    ['', 'SUVbw'],
    ['BW', 'SUVbw'],
    ['LBM', 'SUVlbm'],
    ['LBMJANMA', 'SUVlbm'],
    ['IBW', 'stored'],
  ])('PET in g/ml of SUV type "%s" is in the unit %s', (suvType, unit) => {
    const pet = { ...noPetTags, units: 'GML', suvType };
    const slices = [0, 3, 6].map((h, n) => ({ ...slice(n, at(h), axial), modality: 'PT', pet }));
    expect(groupIntoVolumes(slices).volumes[0].unit).toBe(unit);
  });

  test('CT is in Hounsfield units only where its files say how', () => {
    const ct = (rescaled: boolean) =>
      [0, 3, 6].map((h, n) => ({ ...slice(n, at(h), axial, {}, { rescaled }), modality: 'CT' }));
    expect(groupIntoVolumes(ct(true)).volumes[0]).toMatchObject({ unit: 'HU', warnings: [] });
    const [plan] = groupIntoVolumes(ct(false)).volumes;
    expect(plan.unit).toBe('stored');
    expect(plan.warnings).toEqual([expect.stringMatching(/Rescale Slope and Intercept are absent/)]);
  });

  test('values that go through a table are left out, not shown as they are stored', () => {
    const slices = [0, 3, 6].map((h, n) => slice(n, at(h), axial));
    const [first, ...rest] = slices;
    const tabled = { ...first, image: first.image && { ...first.image, modalityLut: true } };
    const { volumes, leftOut } = groupIntoVolumes([tabled, ...rest]);
    expect(volumes[0].frames).toHaveLength(2);
    expect(leftOut).toMatchObject([
      { code: 'unsupported', reason: expect.stringMatching(/Modality LUT/) as string },
    ]);
  });

  test('slices strewn over kilometres are left out instead of filling the memory', () => {
    const slices = [0, 0.05, 0.1, 900_000].map((h, n) => slice(n, at(h), axial));
    const { volumes, leftOut } = groupIntoVolumes(slices);
    expect(volumes).toEqual([]);
    expect(leftOut[0].reason).toMatch(/too far apart/);
  });

  test('a plan survives JSON', () => {
    const { volumes } = groupIntoVolumes(Array.from({ length: 4 }, (_, n) => slice(n, at(n * n), axial)));
    expect(JSON.parse(JSON.stringify(volumes))).toEqual(volumes);
  });
});
