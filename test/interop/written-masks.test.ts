import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importMasks } from '../../main/imaging/exchange/import-masks';
import { sharedData } from '../data';
import { hasProgram, python, runPython } from '../python';
import { adversarialCases, exported, realCases, type Job, type MaskCase } from './mask-cases';

interface Comparison {
  readonly case: string;
  readonly segment: string;
  readonly reader: string;
  readonly voxels: number;
  readonly different: number;
  readonly dice: number;
  /** In voxels. */
  readonly hausdorff: number | null;
  readonly error?: string;
}

/** Readers whose masks must be ours voxel for voxel; those of contours that have rules of their own get a bar instead. */
const EXACT = ['nibabel', 'SimpleITK', 'highdicom', 'dcmqi', 'highdicom, label map', 'dcmqi, label map'];
const BY_CONTOURS = ['rt-utils', 'dcmrtstruct2nii', 'plastimatch'];

/** A line a reader, and a line for each mask that it does not give exactly. */
function summary(results: readonly Comparison[]): string {
  const lines = ['reader | masks | voxels | exact | worst DSC | worst HD (voxels)'];
  for (const reader of [...BY_CONTOURS, ...EXACT]) {
    const found = results.filter((r) => r.reader === reader && r.error === undefined);
    const sum = found.reduce((n, r) => n + r.voxels, 0);
    const exact = found.filter((r) => r.different === 0).length;
    const dice = Math.min(...found.map((r) => r.dice)).toFixed(4);
    const hausdorff = Math.max(...found.map((r) => r.hausdorff ?? 0)).toFixed(2);
    lines.push([reader, found.length, sum, exact, dice, hausdorff].join(' | '));
    for (const r of found.filter((item) => item.different > 0))
      lines.push(`  ${r.case}, ${r.segment}: ${r.different} of ${r.voxels} voxels differ`);
  }
  return lines.join('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'masks-'));
let cases: MaskCase[] = [];
let jobs: Job[] = [];

beforeAll(async () => {
  cases = [...(sharedData === null ? [] : await realCases()), ...adversarialCases(join(folder, 'scans'))];
  jobs = cases.map((mask, n) => exported(mask, join(folder, `case-${n}`)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('our own readers give every mask back, voxel for voxel', async () => {
  for (const [n, { map, source }] of cases.entries()) {
    const target = {
      geometry: map.geometry,
      frameOfReference: source.frameOfReference,
      patientId: source.patient.id,
      sopInstanceUids: new Set(source.images.map((image) => image.sopInstanceUid)),
    };
    const job = jobs[n];
    for (const file of [job.rtstruct, job.seg, ...(job.labelmap === null ? [] : [job.labelmap])]) {
      const { segments, warnings } = await importMasks(readFileSync(file), target);
      expect(warnings).toEqual([]);
      expect(segments.map((s) => s.name)).toEqual(map.segments.map((s) => s.name));
      segments.forEach((s, m) => expect(Buffer.compare(s.mask, map.segments[m].mask)).toBe(0));
    }
  }
});

describe.skipIf(python === null || !hasProgram('plastimatch'))('programs that nobody here wrote', () => {
  let results: Comparison[] = [];

  beforeAll(() => {
    const list = join(folder, 'jobs.json');
    writeFileSync(list, JSON.stringify(jobs));
    const output = runPython('test/interop/read_masks.py', list);
    results = JSON.parse(output.slice(output.lastIndexOf('=== results') + 11)) as Comparison[];
    console.log(summary(results));
  }, 300_000);

  test('none of them fails', () => {
    expect(results.filter((r) => r.error !== undefined)).toEqual([]);
  });

  test.each(EXACT)('%s gives every mask, voxel for voxel', (reader) => {
    const found = results.filter((r) => r.reader === reader);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((r) => r.different > 0)).toEqual([]);
  });

  test.each(BY_CONTOURS)(
    '%s agrees with every lesion of more than 100 voxels: DSC ≥ 0.99, HD ≤ 1 voxel',
    (reader) => {
      const found = results.filter((r) => r.reader === reader && r.voxels > 100);
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((r) => r.dice < 0.99 || (r.hausdorff ?? 0) > 1)).toEqual([]);
    },
  );
});

/** dciodvfy of Debian 12 is older than the label map class (2024) and says so of dcmqi's own files, too. */
test.skipIf(!hasProgram('dciodvfy'))('dciodvfy finds no error in any structure set or segmentation', () => {
  let files = 0;
  for (const file of jobs.flatMap((job) => [job.rtstruct, job.seg])) {
    const { stderr, stdout } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
    const errors = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error'));
    expect(errors).toEqual([]);
    files++;
  }
  console.log(`dciodvfy: ${files} files, 0 errors`);
});
