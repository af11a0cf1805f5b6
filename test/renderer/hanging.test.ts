import { expect, test } from 'vitest';
import type { VolumeId, WorklistPatient, WorklistVolume } from '../../preload/api';
import { partnerOf } from '../../renderer/state/hanging';

const scan = (
  id: string,
  modality: string,
  frameOfReference: string | null,
  usable = true,
): WorklistVolume => ({
  id: id as VolumeId,
  modality,
  description: id,
  size: [2, 2, 2],
  spacing: [1, 1, 1],
  frameOfReference,
  state: 'new',
  thumbnailUrl: null,
  warnings: [],
  usable,
});
const archive = (...studies: readonly (readonly WorklistVolume[])[]): readonly WorklistPatient[] => [
  {
    id: 'p',
    code: 'p',
    studies: studies.map((volumes, n) => ({ uid: `1.${n}`, date: null, description: '', volumes })),
  },
];
const found = (patients: readonly WorklistPatient[], id: string): [string, boolean] | null => {
  const partner = partnerOf(patients, id as VolumeId);
  return partner && [partner.volume.id, partner.sure];
};

test('PET and CT of one study and one frame of reference belong together, whichever is open', () => {
  const patients = archive([scan('ct', 'CT', '1.2'), scan('pt', 'PT', '1.2'), scan('mr', 'MR', '1.2')]);
  expect(found(patients, 'ct')).toEqual(['pt', true]);
  expect(found(patients, 'pt')).toEqual(['ct', true]);
  expect(found(patients, 'mr')).toEqual(['pt', true]);
});

test('nothing is laid over what no scanner said lies in the same space', () => {
  expect(found(archive([scan('ct', 'CT', '1.2'), scan('pt', 'PT', '1.3')]), 'ct')).toBeNull();
  expect(found(archive([scan('ct', 'CT', null), scan('pt', 'PT', null)]), 'ct')).toBeNull();
  expect(found(archive([scan('ct', 'CT', '1.2')], [scan('pt', 'PT', '1.2')]), 'ct')).toBeNull();
  expect(found(archive([scan('ct', 'CT', '1.2'), scan('pt', 'PT', '1.2', false)]), 'ct')).toBeNull();
  expect(found(archive([scan('a', 'CT', '1.2'), scan('b', 'CT', '1.2')]), 'a')).toBeNull();
});

test('what could be meant otherwise is offered, and not done unasked', () => {
  const twoPets = archive([scan('ct', 'CT', '1.2'), scan('ac', 'PT', '1.2'), scan('nac', 'PT', '1.2')]);
  expect(found(twoPets, 'ct')).toEqual(['ac', false]);
  expect(found(twoPets, 'nac')).toEqual(['ct', true]);
  expect(found(archive([scan('ct', 'CT', '1.2'), scan('mr', 'MR', '1.2')]), 'mr')).toEqual(['ct', false]);
});
