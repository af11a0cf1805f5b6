import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { aggregate, claims, paired } from '../../main/cli/efficiency/aggregate';
import { EFFICIENCY_ARMS, efficiencyArm } from '../../main/cli/efficiency/arms';
import { peerSeconds } from '../../main/cli/efficiency/compare';
import {
  developmentPatients,
  developmentSplit,
  labelBudget,
  planRuns,
  runKey,
  splitOf,
} from '../../main/cli/efficiency/plan';
import { learningCurves } from '../../main/cli/efficiency/plot';
import { appendRecord, readRecords, type RunRecord } from '../../main/cli/efficiency/records';
import { bars, budgetTitle, claimTable, resultTables, triedTable } from '../../main/cli/efficiency/report';

const patients = Array.from({ length: 34 }, (_, i) => `P${String(i + 1).padStart(2, '0')}`);

describe('splits', () => {
  it('never test a patient who teaches, is pretrained on or is for development', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 }), (seed, count) => {
        const development = developmentPatients(patients, count);
        const { tested, pool } = splitOf(patients, development, seed);
        expect(development).toHaveLength(count);
        expect(tested.filter((id) => pool.includes(id) || development.includes(id))).toEqual([]);
        expect([...tested, ...pool].sort()).toEqual(patients);
        expect(splitOf([...patients].reverse(), development, seed)).toEqual({ seed, tested, pool });
      }),
    );
  });

  it('two seeds test everybody but development once', () => {
    const development = developmentPatients(patients, 10);
    for (const first of [1, 3, 5]) {
      const both = [first, first + 1].flatMap((seed) => splitOf(patients, development, seed).tested);
      expect(both.sort()).toEqual(patients.filter((id) => !development.includes(id)));
    }
  });
});

describe('draws of development', () => {
  it('teach and test patients of development alone, and pretrain on all others, the same for every draw', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 6, maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (numbers, draw) => {
          const patients = numbers.map((n) => `P${n}`);
          const development = developmentPatients(patients, 4);
          const { tested, pool, pretraining } = developmentSplit(patients, development, draw);
          expect([...tested, ...pool.slice(0, 2)].sort()).toEqual(development);
          expect([...tested, ...pool].sort()).toEqual([...patients].sort());
          expect(pretraining).toEqual({
            patients: patients.filter((id) => !development.includes(id)).sort(),
            seed: 1,
          });
        },
      ),
    );
    expect(() => developmentSplit(['A', 'B', 'C'], ['A', 'B'], 1)).toThrow(/three/);
  });
});

describe('budgets and order', () => {
  it('reads budgets', () => {
    expect(labelBudget('2p')).toEqual({ name: '2p', patients: 2 });
    expect(labelBudget('10s')).toEqual({ name: '10s', patients: 2, slicesEach: 5 });
    expect(labelBudget('3s')).toEqual({ name: '3s', patients: 1, slicesEach: 3 });
    expect(labelBudget('all').patients).toBe(Infinity);
    for (const wrong of ['0p', '2', 'p', '-1s', '']) expect(() => labelBudget(wrong)).toThrow(RangeError);
    expect(['1p', '2p', '5s', 'all'].map(budgetTitle)).toEqual([
      '1 patient',
      '2 patients',
      '5 slices',
      'all patients',
    ]);
  });

  it('finishes a seed before the next, makes no run twice, and asks for a threshold where it exists alone', () => {
    const arms = ['scratch', 'amlp', 'suv2.5'].map(efficiencyArm);
    const budgets = ['1p', '2p'].map(labelBudget);
    const part = { arms, seeds: [1, 2], budgets };
    const plan = planRuns([part, part], ['CT', 'PET']);
    const keys = plan.map((run) => runKey({ ...run, arm: run.arm.name, budget: run.budget.name }));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(2 * 2 * (2 * 2 + 1));
    expect(plan.map(({ seed }) => seed)).toEqual([...plan.map(({ seed }) => seed)].sort());
    expect(plan.filter(({ arm, modality }) => arm.kind === 'threshold' && modality !== 'PET')).toEqual([]);
    expect(() => efficiencyArm('nobody')).toThrow(/There is no arm/);
    expect(new Set(EFFICIENCY_ARMS.map(({ name }) => name)).size).toBe(EFFICIENCY_ARMS.length);
  });
});

const record = (
  arm: string,
  seed: number,
  dsc: Readonly<Record<string, number>>,
  budget = '1p',
): RunRecord => ({
  modality: 'CT',
  arm,
  seed,
  budget,
  slices: 60,
  taught: ['T'],
  patients: Object.entries(dsc).map(([id, value]) => ({
    case: id,
    dsc: value,
    hd95: value === 0 ? null : 10,
  })),
  steps: 200,
  cpuSeconds: 8 + seed,
  seconds: 9,
  pretrainCpuSeconds: arm === 'scratch' ? null : 20,
});

describe('results', () => {
  const folder = mkdtempSync(join(tmpdir(), 'efficiency-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('a line that an interruption cut off is made anew, the others stay', () => {
    const file = join(folder, 'below', 'runs.jsonl');
    expect(readRecords(file)).toEqual([]);
    appendRecord(file, record('scratch', 1, { A: 0.5 }));
    appendFileSync(file, '{"modality":"CT","arm":"am');
    appendRecord(file, record('amlp', 1, { A: 0.6 }));
    expect(readRecords(file).map(({ arm }) => arm)).toEqual(['scratch', 'amlp']);
  });

  const records = [
    record('scratch', 1, { A: 0.2, B: 0.4 }),
    record('scratch', 2, { C: 0.6 }),
    record('scratch', 3, { A: 0.4, C: 0 }),
    record('amlp', 1, { A: 0.3, B: 0.4 }),
    record('amlp', 2, { C: 0.5 }),
    record('amlp', 3, { A: 0.7, C: 0.3 }),
    record('scratch', 1, { A: 0.5, B: 0.5 }, '2p'),
  ];

  it('averages the seeds of a patient before patients are compared', () => {
    const one = paired(
      records.filter((r) => r.arm === 'amlp'),
      records.filter((r) => r.arm === 'scratch' && r.budget === '1p'),
    );
    // A: mean of +0.1 and +0.3; B: 0; C: mean of −0.1 and +0.3.
    expect(one?.difference).toBeCloseTo((0.2 + 0 + 0.1) / 3, 4);
    expect(one).toMatchObject({ patients: 3, seeds: 3, by_seed: [0.05, -0.1, 0.3] });
    expect(one?.standard_error).toBeCloseTo(0.1 / Math.sqrt(3), 4);
    expect(paired(records, [])).toBeNull();
  });

  it('makes cells, claims, tables and curves of what there is', () => {
    const results = aggregate(records, ['CT'], ['1p', '2p']);
    expect(results.map(({ arm, labels }) => `${arm} ${labels}`)).toEqual([
      'scratch 1p',
      'amlp 1p',
      'scratch 2p',
    ]);
    const [scratch, amlp] = results;
    expect(scratch).toMatchObject({ seed_count: 3, nothing_proposed: 1, hd95_mean: 10, dsc_mean: 0.3333 });
    expect(scratch.against_scratch).toBeUndefined();
    expect(amlp.against_scratch?.difference).toBe(0.1);
    expect(amlp.dsc_per_patient).toHaveLength(5);
    const found = claims(records, ['CT']);
    const twice = found.find(
      (one) => one.claim === 'amlp at k over scratch at 2k' && one.labels === '1p, 2p',
    );
    expect(twice?.paired?.difference).toBeCloseTo((-0.2 - 0.1) / 2, 4);
    expect(bars(found, ['CT'])).toContain('not complete');
    expect(bars(found, ['CT'])).toMatch(/^\| AMLP over from scratch.*\| not run yet \|$/m);
    expect(bars([], ['CT'])).not.toMatch(/\| (yes|no)\b/);
    expect(claimTable(found)).toContain('not run yet');
    expect(resultTables(results, ['CT'])).toContain('+0.100');
    expect(triedTable(results, ['CT', 'MR'])).toMatch(/\| AMLP \| .*\+0\.100 ± .* \| not run \|/);
    expect(learningCurves(results, ['CT'])).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('an arm of another width is held against from scratch of that width', () => {
    const wide = [record('scratch-wide', 1, { A: 0.5, B: 0.5 }), record('amlp-wide', 1, { A: 0.4, B: 0.5 })];
    const all = aggregate([...records, ...wide], ['CT'], ['1p']);
    const of = (arm: string): number | undefined =>
      all.find((one) => one.arm === arm)?.against_scratch?.difference;
    expect(of('amlp-wide')).toBeCloseTo(-0.05, 4);
    expect(of('scratch-wide')).toBeCloseTo(0.2, 4);
    for (const { against } of EFFICIENCY_ARMS)
      if (against) expect(efficiencyArm(against).kind).toBe('network');
  });

  it('a peer gets the time of teaching from scratch in the same place, else the median', () => {
    const run = { modality: 'CT', arm: efficiencyArm('monai'), seed: 2, budget: labelBudget('1p') };
    expect(peerSeconds(run, records)).toBe(10);
    expect(peerSeconds({ ...run, seed: 9 }, records)).toBe(10);
    expect(peerSeconds({ ...run, modality: 'MR' }, records)).toBeNull();
  });
});
