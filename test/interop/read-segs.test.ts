import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { importMasks } from '../../main/imaging/exchange/import-masks';
import { sharedData } from '../data';
import { python, runPython } from '../python';
import { adversarialCases, exported, realCases } from './mask-cases';

const folder = mkdtempSync(join(tmpdir(), 'segs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(python === null)('segmentations that highdicom wrote', () => {
  test('are read voxel for voxel: all frames, fractional, compressed, label maps', async () => {
    const real = sharedData === null ? [] : (await realCases()).slice(3);
    const cases = [...real, ...adversarialCases(join(folder, 'scans')).slice(0, 3)];
    const jobs = cases.map((mask, n) => exported(mask, join(folder, `case-${n}`)));
    const list = join(folder, 'jobs.json');
    writeFileSync(list, JSON.stringify(jobs));
    const output = runPython('test/interop/write_segs.py', list, folder);
    const written = JSON.parse(output.slice(output.lastIndexOf('=== results') + 11)) as {
      job: number;
      way: string;
      path: string;
    }[];
    const voxels = new Map<string, number>();
    for (const { job, way, path } of written) {
      const { map, source, name } = cases[job];
      const { segments, warnings } = await importMasks(readFileSync(path), {
        geometry: map.geometry,
        frameOfReference: source.frameOfReference,
        patientId: source.patient.id,
      });
      expect(warnings).toEqual(
        way.startsWith('fractional') ? ['Fractions of one half and more were taken as inside.'] : [],
      );
      segments.forEach((s, n) => {
        expect([name, way, s.name]).toEqual([name, way, map.segments[n].name]);
        expect(Buffer.compare(s.mask, map.segments[n].mask)).toBe(0);
        voxels.set(way, (voxels.get(way) ?? 0) + s.mask.reduce((sum, x) => sum + x, 0));
      });
    }
    console.log([...voxels].map(([way, n]) => `highdicom, ${way}: ${n} voxels, 0 differ`).join('\n'));
    expect([...voxels.keys()]).toHaveLength(sharedData === null ? 4 : 5);
  }, 300_000);
});
