import { expect, test } from 'vitest';
import { patientPoint, patientVector, type VolumeGeometry } from '../../main/imaging/space/geometry';
import type { Volume } from '../../main/imaging/volume';
import { cutCase } from '../../main/learning/preprocess/cut';
import { comparableName, modalityOf, startingRecipe } from '../../main/learning/profiles';
import { chooseNextCase } from '../../main/learning/service/next-case';
import { cohortsOf } from '../../main/learning/service/cohort';
import type { VolumeId } from '../../preload/api';

const grid = (n: number, mm: number, slices = 4): VolumeGeometry => ({
  size: [n, n, slices],
  spacing: [mm, mm, 3],
  origin: patientPoint(0, 0, 0),
  axes: [patientVector(1, 0, 0), patientVector(0, 1, 0), patientVector(0, 0, 1)],
});

test.each([
  ['CT', 'CT'],
  ['CT_contrast', 'CT'],
  ['PET', 'PT'],
  ['PT', 'PT'],
  ['MR_T1', 'MR'],
  ['FLAIR', 'MR'],
  ['T1CE', 'MR'],
  ['CTV', 'OT'],
  ['photo', 'OT'],
])('%s is of modality %s', (name, modality) => expect(modalityOf(name)).toBe(modality));

test.each([
  ['MR', 't1_mprage_sag', 'MR T1'],
  ['MR', 'T1 post contrast', 'MR T1CE'],
  ['MR', 't2_tirm_tra_dark-fluid', 'MR FLAIR'],
  ['MR', 'ep2d_diff_ADC', 'MR ADC'],
  ['MR', 'localizer', 'MR'],
  ['PT', 'whole body', 'PET'],
])('%s "%s" is comparable with %s', (modality, description, name) =>
  expect(comparableName(modality, description)).toBe(name),
);

test('on a desktop, scans keep their usual pixel size where it is coarse enough, and fit into one window', () => {
  const { slicing } = startingRecipe('desktop', ['CT'], [grid(90, 1.95), grid(80, 1.95), grid(100, 1.95)]);
  expect(slicing).toMatchObject({ mm: 1.95, size: 112, through: 'native', interpolation: 'linear' });
  expect(startingRecipe('desktop', ['CT'], [grid(512, 0.7)]).slicing).toMatchObject({ mm: 1.5, size: 144 });
  expect(startingRecipe('paper', ['PET'], [grid(100, 4)])).toMatchObject({
    slicing: { mm: 1, through: 1, size: 144, interpolation: 'nearest' },
    reading: { order: 'as-printed' },
  });
});

test('the window of CT clips HU of CT, and nothing of other modalities', async () => {
  const geometry = grid(4, 2, 1);
  const voxels = Float32Array.of(-1000, -1000, -100, 0, 40, 60, 80, 3000, -100, 0, 40, 60, 80, 100, 120, 140);
  const volume: Volume = {
    geometry,
    voxels,
    unit: 'HU',
    modality: 'CT',
    frameOfReference: null,
    remarks: [],
  };
  const slicing = { ...startingRecipe('desktop', ['CT'], [geometry]).slicing, mm: 2, size: 16 };
  const cut = (one: Volume) => cutCase([one], slicing, () => Promise.resolve());
  expect((await cut(volume)).intensities[0]).toMatchObject({ low: -250 });
  expect((await cut({ ...volume, modality: 'MR' })).intensities[0].low).toBeLessThan(-900);
});

test('CT and PET of one patient space make a profile of both, CT first', () => {
  const volume = (id: string, patient: string, modality: string, frame: string) => ({
    id: id as VolumeId,
    patient,
    study: patient,
    modality,
    description: '',
    frameOfReference: frame,
    geometry: grid(50, 4),
    usable: true,
    signature: 's',
  });
  const cohorts = cohortsOf([
    volume('a', 'A', 'CT', '1'),
    volume('b', 'A', 'PT', '1'),
    volume('c', 'B', 'CT', '2'),
    volume('d', 'B', 'PT', '2'),
    volume('e', 'C', 'CT', '3'),
    volume('f', 'C', 'PT', 'another'),
  ]);
  expect(cohorts.map(({ id, cases }) => [id, cases.length])).toEqual([
    ['ct', 3],
    ['pet', 3],
    ['ct+pet', 2],
  ]);
});

test('the next case: the least certain proposal, then a typical scan, then what was begun, then none', () => {
  const one = (id: string, more: object = {}) => ({
    volumeId: id as VolumeId,
    geometry: grid(90, 2),
    accepted: false,
    reviewedSlices: [],
    sliceUncertainty: null,
    ...more,
  });
  const odd = one('odd', { geometry: grid(30, 9) });
  expect(chooseNextCase([odd, one('a'), one('b')], 'CT', false)).toMatchObject({ volumeId: 'a' });
  const proposed = [
    one('sure', { sliceUncertainty: [0.1, 0.2] }),
    one('unsure', { sliceUncertainty: [0.3, 0.9] }),
    // What a person has judged already is no longer uncertain.
    one('judged', { sliceUncertainty: [1, 1], reviewedSlices: [0, 1] }),
  ];
  expect(chooseNextCase(proposed, 'CT', true)).toMatchObject({ volumeId: 'unsure', slice: 1 });
  expect(chooseNextCase([one('x', { accepted: true })], 'CT', true)).toBeNull();
});
