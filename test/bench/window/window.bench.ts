import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { launch } from '../../e2e/launch';
import { Workstation } from '../../e2e/workstation';
import { reportOf, spread, type Opening, type WindowFigures } from './report';
import { codeAt, geometry, scanOf, writeFile, writeSeries } from './scans';

/** Lower end and width of the window in which a CT opens, HU. */
const grey = (hu: number): number => Math.round((255 * (hu + 160)) / 400);

const middle = geometry.size[2] / 2;

test('a CT of 300 slices: opening, scrolling, painting, memory', async () => {
  const work = mkdtempSync(join(tmpdir(), 'amlp-bench-window-'));
  const scans = join(work, 'scans');
  const kinds = ['DICOM', 'NIfTI', 'NIfTI, compressed'] as const;
  const list: { code: string; kind: (typeof kinds)[number]; scan: number }[] = [];
  for (let scan = 0; scan < 2 * kinds.length; scan++) {
    const kind = kinds[scan % kinds.length];
    const code = `CASE-${scan}`;
    list.push({ code, kind, scan });
    if (kind === 'DICOM') writeSeries(scans, code, scanOf(scan));
    else writeFile(scans, code, scanOf(scan), kind !== 'NIfTI');
  }
  const load = loadavg()[0];
  const launched = await launch();
  try {
    const studio = new Workstation(launched);
    const { page } = studio;
    await studio.openArchive(scans, list.length);
    await expect(studio.get('engine-state')).toHaveAttribute('data-state', 'ready');
    // Indexing has ended and the pictures of the worklist are made: nothing else works while we measure.
    await expect(page.locator('[data-testid="volume-row"] img')).toHaveCount(list.length, {
      timeout: 180_000,
    });
    await page.evaluate(readFileSync('test/bench/window/page.js', 'utf8'));
    const ask = async <T>(expression: string): Promise<T> => (await page.evaluate(expression)) as T;

    const open = async (code: string, scan: number): Promise<{ first: number; whole: number }> => {
      const row = studio.row(code, 'CT');
      await row.scrollIntoViewIfNeeded();
      const wanted = grey(codeAt(scan, middle));
      await ask(`bench.arm(${wanted})`);
      await row.click();
      type Times = { clicked: number; first: number | null; whole: number | null };
      await expect.poll(async () => (await ask<Times>('bench.times()')).whole).not.toBeNull();
      await expect(studio.get('save-state')).toBeVisible();
      for (const view of ['coronal', 'sagittal'])
        expect(Math.abs((await ask<number>(`bench.greyOf('${view}')`)) - wanted)).toBeLessThan(6);
      const { clicked, first, whole } = await ask<Times>('bench.times()');
      return { first: (first ?? NaN) - clicked, whole: (whole ?? NaN) - clicked };
    };

    const openings: Opening[] = [];
    for (const { code, kind, scan } of list)
      openings.push({ kind, cached: false, start: openings.length === 0, ...(await open(code, scan)) });
    for (const { code, scan } of list.filter((s) => s.kind === 'DICOM'))
      openings.push({ kind: 'DICOM', cached: true, start: false, ...(await open(code, scan)) });
    for (const o of openings)
      console.log(
        `${o.kind}${o.cached ? ', opened before' : ''}: ${Math.round(o.first)} / ${Math.round(o.whole)} ms`,
      );

    const scrolling = await ask<number[]>('bench.scroll(500)');
    await studio.useTool('brush');
    await studio.brushDiameter(20);
    await ask('bench.watchBrush()');
    const box = await studio.box('axial');
    for (let stroke = 0; stroke < 8; stroke++) {
      const y = box.y + box.height * (0.3 + 0.05 * stroke);
      await page.mouse.move(box.x + box.width * 0.3, y);
      await page.mouse.down();
      for (let step = 1; step <= 25; step++)
        await page.mouse.move(box.x + box.width * (0.3 + 0.016 * step), y);
      await page.mouse.up();
      // Another slice: where something is painted already, a stroke would count as seen at once.
      await page.mouse.wheel(0, 100);
    }
    const brush = await ask<number[]>('bench.brushWaits()');
    await studio.saved();

    const megabytes: Record<string, number> = {};
    for (const { type, name, bytes } of await launched.app.evaluate(({ app }) =>
      app.getAppMetrics().map((m) => ({
        type: m.type,
        name: m.name ?? m.serviceName ?? '',
        bytes: m.memory.workingSetSize * 1024,
      })),
    ))
      megabytes[name === '' ? type : name] = Math.round(
        (megabytes[name === '' ? type : name] ?? 0) + bytes / 2 ** 20,
      );
    const electron = await launched.app.evaluate(() => process.versions.electron);

    const figures: WindowFigures = {
      at: new Date().toISOString(),
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      machine: {
        processor: cpus()[0].model,
        cores: cpus().length,
        gigabytes: Math.round(totalmem() / 2 ** 30),
        system: `Linux ${release()}`,
        electron,
        drawing: 'SwiftShader (software), 1600 × 1000, virtual display',
        loadBefore: Math.round(load * 100) / 100,
      },
      scan: { size: geometry.size, spacing: geometry.spacing, megabytes: 150 },
      openings,
      scrolling: spread(scrolling),
      brush: spread(brush),
      megabytes,
    };
    mkdirSync('docs/benchmarks', { recursive: true });
    writeFileSync('docs/benchmarks/window.json', `${JSON.stringify(figures, null, 2)}\n`);
    writeFileSync('docs/benchmarks/window.md', reportOf(figures));
    console.log(reportOf(figures));
  } finally {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  }
});
