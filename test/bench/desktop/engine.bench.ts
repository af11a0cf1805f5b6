import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { dataPath } from '../../data';
import { launch } from '../../e2e/launch';
import { Workstation } from '../../e2e/workstation';

const patients = ['STS_001', 'STS_003', 'STS_004', 'STS_010', 'STS_011', 'STS_014'];
/** Scrolls of one turn; idle and training take turns, so that whatever else the machine does strikes both. */
const turns = 2;
const scrollsATurn = Number(process.env.AMLP_BENCH_SCROLLS ?? 250);
const width = Number(process.env.AMLP_BENCH_WIDTH ?? 32);

/** A taught model of this width in a user-data folder, as if it had been taught there; what it knows does not matter. */
function plantModel(scans: string, userData: string): void {
  const models = join(userData, 'learning', 'models');
  const made = join(userData, 'made');
  mkdirSync(models, { recursive: true });
  execFileSync(
    process.execPath,
    [
      ...[
        resolve('out/main/cli.cjs'),
        'finetune',
        scans,
        '--channels',
        'CT',
        '--label',
        'GTV',
        '--out',
        made,
      ],
      ...['--cases', patients[0], '--width', String(width), '--epochs', '1'],
    ],
    { stdio: 'pipe', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
  );
  const { id } = JSON.parse(readFileSync(join(made, 'model.json'), 'utf8')) as { id: string };
  renameSync(made, join(models, id));
  rmSync(`${made}.work`, { recursive: true, force: true });
  writeFileSync(join(models, 'active.json'), JSON.stringify({ 'ct taught': id }));
}

/** Waits of single scrolls in the axial view, from the wheel to the pixels on the screen, ms. */
const scroll = async (page: Page, count: number): Promise<number[]> => {
  // To and fro over 25 slices, ending where it began: the shortest scan has 51, and begins in its middle.
  const waits: unknown = await page.evaluate(`bench.scroll(${count}, 25)`);
  return waits as number[];
};

const spread = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: at(0.5), p99: at(0.99), slowest: at(1), n: sorted.length };
};

test('a proposal from the click to the overlay, and scrolling while the engine trains', async () => {
  const work = mkdtempSync(join(tmpdir(), 'amlp-bench-desktop-'));
  const scans = join(work, 'scans');
  for (const patient of patients) {
    mkdirSync(join(scans, patient), { recursive: true });
    for (const name of ['CT', 'GTV'])
      copyFileSync(
        dataPath('labelled/sts', patient, `${name}.nii.gz`),
        join(scans, patient, `${name}.nii.gz`),
      );
  }
  const userData = join(work, 'user');
  plantModel(scans, userData);
  for (const patient of patients) rmSync(join(scans, patient, 'GTV.nii.gz'));
  const load = loadavg()[0];
  const launched = await launch({ userData });
  try {
    const studio = new Workstation(launched);
    const { page } = studio;
    await studio.openArchive(scans, patients.length);
    await expect(studio.get('engine-state')).toHaveAttribute('data-state', 'ready');
    await page.evaluate(readFileSync('test/bench/window/page.js', 'utf8'));

    const proposals: { patient: string; seconds: number }[] = [];
    for (const patient of patients.slice(0, 4)) {
      await studio.openVolume(patient, 'CT');
      await page.waitForTimeout(1500);
      const began = performance.now();
      await studio.get('propose').click();
      await expect(studio.get('proposal')).toBeVisible();
      // The card and the overlay are drawn in the same frame; the second one has shown both.
      await page.evaluate(
        'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))',
      );
      proposals.push({ patient, seconds: (performance.now() - began) / 1000 });
    }

    const waits = { idle: [] as number[], training: [] as number[] };
    const steps: string[] = [];
    for (let turn = 0; turn < turns; turn++) {
      waits.idle.push(...(await scroll(page, scrollsATurn)));
      if (!(await studio.get('epochs').isVisible())) await studio.get('learn-more').click();
      await studio.get('epochs').fill('2000');
      await studio.get('learn').click();
      await expect(studio.get('learn-job')).toContainText(/step \d+ of/, { timeout: 300_000 });
      waits.training.push(...(await scroll(page, scrollsATurn)));
      steps.push(await studio.get('learn-job').innerText());
      await page.evaluate(
        'studio.learning.jobs().then((jobs) => studio.learning.cancel(jobs.find((j) => j.state === "running").id))',
      );
      await expect(studio.get('learn-job')).toBeHidden();
      await page.waitForTimeout(1000);
    }
    const [idle, training] = [spread(waits.idle), spread(waits.training)];
    const result = {
      at: new Date().toISOString(),
      load,
      width,
      proposals,
      scrolling: {
        idle,
        training,
        ratio: {
          median: training.median / idle.median,
          p99: training.p99 / idle.p99,
          slowest: training.slowest / idle.slowest,
        },
      },
      steps,
    };
    mkdirSync('test-output', { recursive: true });
    writeFileSync('test-output/bench-desktop.json', `${JSON.stringify(result, null, 2)}\n`);
    console.log(JSON.stringify(result, null, 2));
  } finally {
    await launched.close();
    rmSync(work, { recursive: true, force: true });
  }
});
