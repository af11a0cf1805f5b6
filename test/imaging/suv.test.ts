import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDicomVolume } from '../../main/imaging';
import type { PetTags } from '../../main/imaging/dicom/pet-tags';
import { suvVerdict, type SuvAnswer } from '../../main/imaging/suv/suv';
import { dataPath, sharedData } from '../data';
import { readBytes, volumesBelow } from './files';

const factor = (a: SuvAnswer): number => ('factor' in a ? a.factor : expect.fail(a.reason));
const reason = (a: SuvAnswer): string => ('reason' in a ? a.reason : expect.fail(`factor ${a.factor}`));

/** A complete set of tags: 370 MBq F-18 injected one half-life before the scan into 74 kg. */
const whole: PetTags = {
  manufacturer: 'SIEMENS',
  units: 'BQML',
  suvType: '',
  correctedImage: ['DECY', 'ATTN', 'SCAT'],
  decayCorrection: 'START',
  seriesDate: '20240310',
  seriesTime: '104946.2',
  acquisitionDate: '20240310',
  acquisitionTime: '104946.2',
  frameReferenceTimeMs: 0,
  decayFactor: 1,
  weightKg: 74,
  heightM: 1.8,
  sex: 'M',
  radiopharmaceutical: 'FDG',
  halfLifeSeconds: 6586.2,
  doseBq: 370e6,
  injectionTime: '090000',
  injectionDateTime: '',
  geScanDateTime: '',
  philipsSuvFactor: null,
  philipsActivityFactor: null,
};
const bw = (change: Partial<PetTags>): SuvAnswer => suvVerdict([{ ...whole, ...change }]).bw;

describe('SUV from the tags of one slice', () => {
  test('after one half-life half the activity is left', () => {
    expect(factor(bw({}))).toBeCloseTo(74_000 / 185e6, 12);
  });
  test('ADMIN: the image is corrected to the injection, so nothing decays', () => {
    expect(factor(bw({ decayCorrection: 'ADMIN', injectionTime: '', halfLifeSeconds: null }))).toBeCloseTo(
      2e-4,
      12,
    );
  });
  test('a series time after the acquisition is the time of processing', () => {
    expect(factor(bw({ seriesTime: '180000' }))).toBeCloseTo(4e-4, 12);
  });
  test('GE says in a private tag when the scan began', () => {
    const ge = { seriesTime: '180000', acquisitionTime: '113000', geScanDateTime: '20240310104946.20' };
    expect(factor(bw(ge))).toBeCloseTo(4e-4, 12);
  });
  test('injection before midnight, scan after', () => {
    const night = { seriesTime: '004946.2', acquisitionTime: '004946.2', injectionTime: '230000' };
    expect(factor(bw(night))).toBeCloseTo(4e-4, 12);
    const dated = { ...night, injectionTime: '', injectionDateTime: '20240309230000.00+0100' };
    expect(factor(bw(dated))).toBeCloseTo(4e-4, 12);
  });
  test('a time of injection so early that hardly anything is left is refused, not computed with', () => {
    const early = bw({ injectionTime: '001000', seriesTime: '235000', acquisitionTime: '235000' });
    expect(reason(early)).toMatch(/ten half-lives/);
  });
  test('Philips counts by either of the private factors', () => {
    expect(factor(bw({ units: 'CNTS', philipsSuvFactor: 5.5e-4, philipsActivityFactor: 1.6 }))).toBe(5.5e-4);
    expect(factor(bw({ units: 'CNTS', philipsActivityFactor: 1.6 }))).toBeCloseTo(6.4e-4, 12);
  });
  test('lean body mass and body surface', () => {
    const verdict = suvVerdict([whole]);
    // Janmahasatian: 9270 · 74 / (6680 + 216 · 22.84) = 59.068 kg; Du Bois: 19 327 cm².
    expect(factor(verdict.lbm) / factor(verdict.bw)).toBeCloseTo(59.068 / 74, 4);
    expect(factor(verdict.bsa) / factor(verdict.bw)).toBeCloseTo(19_327 / 74_000, 3);
  });
  test('voxels that are SUV already', () => {
    expect(factor(bw({ units: 'GML', doseBq: null }))).toBe(1);
    expect(reason(bw({ units: 'GML', suvType: 'LBM' }))).toMatch(/type LBM/);
  });

  test.each<[Partial<PetTags>, RegExp]>([
    [{ halfLifeSeconds: null }, /half-life .* absent/],
    [{ doseBq: null }, /injected activity is absent/],
    [{ doseBq: 370 }, /too low for Bq/],
    [{ weightKg: null }, /weight is absent/],
    [{ weightKg: 74_000 }, /weight .* cannot be right/],
    [{ injectionTime: '' }, /time of injection is absent/],
    [{ injectionTime: '114946' }, /later than the scan/],
    [{ injectionDateTime: '20240310120000' }, /contradict/],
    [{ injectionTime: '', injectionDateTime: '20240310120000' }, /dated after the scan/],
    [{ injectionTime: '', injectionDateTime: '20190310090000' }, /ten half-lives/],
    [{ decayCorrection: '' }, /Decay Correction is absent/],
    [{ decayCorrection: 'NONE' }, /not corrected for decay/],
    [{ correctedImage: ['ATTN'] }, /contradict each other/],
    [{ correctedImage: ['DECY'] }, /attenuation/],
    [{ units: '' }, /does not say in which unit/],
    [{ units: 'CNTS' }, /no factor from counts/],
    [{ units: 'PROPCPS' }, /PROPCPS/],
    [{ acquisitionTime: '' }, /time of acquisition is absent/],
    [{ seriesDate: '***' }, /time of the series is absent/],
    [{ acquisitionDate: '20240315' }, /more than a day apart/],
  ])('%j gives no SUV, but a sentence', (change, sentence) => {
    const verdict = suvVerdict([{ ...whole, ...change }]);
    for (const answer of [verdict.bw, verdict.lbm, verdict.bsa]) expect(reason(answer)).toMatch(sentence);
  });

  test('slices that contradict each other give none', () => {
    expect(reason(suvVerdict([whole, { ...whole, weightKg: 75 }]).bw)).toMatch(
      /contradict each other about the patient's weight/,
    );
  });
  test('a height of nothing leaves SUVbw alone', () => {
    const verdict = suvVerdict([{ ...whole, heightM: null }]);
    expect(factor(verdict.bw)).toBeGreaterThan(0);
    expect(reason(verdict.lbm)).toMatch(/height/);
  });

  test('property: the factor grows with the delay and with the weight, and falls with the dose', () => {
    const time = fc.integer({ min: 0, max: 6000 });
    fc.assert(
      fc.property(time, time, fc.double({ min: 1, max: 3, noNaN: true }), (a, b, more) => {
        const at = (s: number): string =>
          [9 + Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60]
            .map((n) => String(n).padStart(2, '0'))
            .join('');
        const after = (s: number): number =>
          factor(bw({ seriesTime: at(s), acquisitionTime: at(s), injectionTime: '090000' }));
        expect(after(a) / after(b)).toBeCloseTo(2 ** ((a - b) / 6586.2), 9);
        expect(factor(bw({ doseBq: 370e6 * more })) * more).toBeCloseTo(factor(bw({})), 12);
        expect(factor(bw({ weightKg: 74 * more })) / more).toBeCloseTo(factor(bw({})), 12);
      }),
    );
  });
});

describe.skipIf(sharedData === null)('SUV of real series', () => {
  interface Instance {
    [key: string]: unknown;
    PhilipsPETPrivateGroup?: { SUVScaleFactor?: string; ActivityConcentrationScaleFactor?: string };
  }
  const folder = (): string => dataPath('archive', 'suv-metadata-calculate-suv');
  const factors: Record<string, number> =
    sharedData === null
      ? {}
      : JSON.parse(readFileSync(`${folder()}/expected-suvbw-factors.json`, 'utf8')).factors;

  const tagsOf = (i: Instance): PetTags => {
    const text = (key: string): string => String(i[key] ?? '').trim();
    const number = (key: string): number | null =>
      i[key] === undefined || i[key] === null ? null : Number(i[key]);
    const philips = (v: string | undefined): number | null => (v === undefined ? null : Number(v));
    return {
      ...whole,
      units: text('Units'),
      correctedImage: i.CorrectedImage as string[],
      decayCorrection: text('DecayCorrection'),
      seriesDate: text('SeriesDate'),
      seriesTime: text('SeriesTime'),
      acquisitionDate: text('AcquisitionDate'),
      acquisitionTime: text('AcquisitionTime'),
      frameReferenceTimeMs: number('FrameReferenceTime'),
      weightKg: number('PatientWeight'),
      heightM: number('PatientSize'),
      sex: text('PatientSex'),
      halfLifeSeconds: number('RadionuclideHalfLife'),
      doseBq: number('RadionuclideTotalDose'),
      injectionTime: text('RadiopharmaceuticalStartTime'),
      injectionDateTime: text('RadiopharmaceuticalStartDateTime'),
      philipsSuvFactor: philips(i.PhilipsPETPrivateGroup?.SUVScaleFactor),
      philipsActivityFactor: philips(i.PhilipsPETPrivateGroup?.ActivityConcentrationScaleFactor),
    };
  };

  test.each(Object.entries(factors))('%s: the factor that calculate-suv expects', (name, expected) => {
    const instances: Instance[] = JSON.parse(
      readFileSync(`${folder()}/metadata/${name}-instances.json`, 'utf8'),
    );
    expect(factor(suvVerdict(instances.map(tagsOf)).bw) / expected).toBeCloseTo(1, 6);
  });

  test('the series in Bq/ml gives back the SUV that it was derived from', async () => {
    const derived = volumesBelow(dataPath('archive', 'pet-bqml-derived', 'STS_025')).volumes[0];
    const original = volumesBelow(dataPath('archive', 'sts', 'STS_025', 'PET')).volumes[0];
    const note = JSON.parse(
      readFileSync(dataPath('archive', 'pet-bqml-derived', 'STS_025', 'expected.json'), 'utf8'),
    );
    const suv = await readDicomVolume(derived, readBytes, { suv: 'bw' });
    const truth = await readDicomVolume(original, readBytes);
    expect([suv.unit, truth.unit]).toEqual(['SUVbw', 'SUVbw']);
    expect(suv.geometry).toEqual(truth.geometry);
    expect(derived.suv?.bw).toEqual({ factor: note.suvbw_factor });
    let worst = 0;
    suv.voxels.forEach((v, n) => (worst = Math.max(worst, Math.abs(v - truth.voxels[n]))));
    // One step of the derived file's own rescale.
    expect(worst).toBeLessThan(1e-4);
  });

  test('CT has no SUV', async () => {
    const [plan] = volumesBelow(dataPath('archive', 'sts', 'STS_025', 'CT')).volumes;
    await expect(readDicomVolume(plan, readBytes, { suv: 'bw' })).rejects.toHaveProperty('code', 'no-suv');
  });
});
