import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { seeded } from '../annotation/random-edits';
import { launch, type Launched } from '../e2e/launch';
import { Workstation } from '../e2e/workstation';
import { holdings, windowHeap, type Holding, type Role } from './processes';
import { contour, exportAll, openToDraw, placeFor, proposeAndDiscard, stroke, undoAndRedo } from './work';

const MINUTES = Number(process.env.AMLP_SOAK_MINUTES ?? 60);

/** What the last quarter may hold more than the second: less is no leak, but how a heap breathes. */
const MOST_SHARE = 0.1;
const MOST_MEGABYTES = 40;
const MOST_HANDLES = 6;
const ROLES: readonly Role[] = ['main', 'window', 'graphics', 'engine', 'archive worker'];

interface Sample {
  /** Share of the run that had passed, 0 to 1. */
  readonly at: number;
  readonly held: ReadonlyMap<Role, Holding>;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;

const quarter = (samples: readonly Sample[], q: number): Sample[] =>
  samples.filter(({ at }) => at >= q / 4 && at < (q + 1) / 4);

const figureOf = (samples: readonly Sample[], role: Role, what: keyof Holding): number =>
  median(samples.flatMap(({ held }) => held.get(role)?.[what] ?? []));

/**
 * The test's driver listens to the network, for which Chromium keeps the last 200 MB of what a page fetched in that page's
 * process. Filled beforehand, that does not look like a leak; without a driver nothing of it stays.
 */
async function fillDriver({ window }: Launched): Promise<void> {
  await window.evaluate(`(async () => {
    const patients = await window.studio.archive.worklist();
    const { id } = patients[0].studies[0].volumes[0];
    await window.studio.archive.openVolume(id);
    for (let bytes = 0; bytes < 300 * 2 ** 20; )
      bytes += (await (await fetch('volume://voxels/' + id)).arrayBuffer()).byteLength;
  })()`);
}

test.skip(process.platform !== 'linux', 'Memory and handles are read from /proc.');

test(`${MINUTES} minutes of work leave memory and handles as they were`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'amlp-soak-'));
  const first = await placeFor(join(home, 'first'), 7, 4);
  const second = await placeFor(join(home, 'second'), 8, 3);
  const launched: Launched = await launch({ userData: join(home, 'data') });
  const studio = new Workstation(launched);
  const random = seeded(1);
  const samples: Sample[] = [];
  let cycles = 0;
  try {
    await expect(studio.get('engine-state')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
    // Before the clock starts: what a model needs to be taught at all.
    await studio.openArchive(first.scans, first.codes.length);
    await studio.openVolume(first.codes[0], 'PT');
    await studio.selectProfile(/PET|PT/);
    await studio.learn('learn', 2);
    for (const code of first.codes.slice(0, 2)) await contour(studio, first, code);

    await fillDriver(launched);
    const startedAt = Date.now();
    const passed = (): number => (Date.now() - startedAt) / (MINUTES * 60_000);
    for (; passed() < 1; cycles++) {
      const code = first.codes[cycles % 2];
      await openToDraw(studio, first.codes[2 + (cycles % 2)], 'CT');
      for (let n = 0; n < 8; n++) await stroke(studio, random, n % 4 === 3 ? 'eraser' : 'brush');
      await undoAndRedo(studio, 3);
      await openToDraw(studio, code, 'PT');
      for (let n = 0; n < 4; n++) await stroke(studio, random, n % 2 === 0 ? 'brush' : 'eraser');
      await studio.saved();
      await studio.learn('teach', 2);
      if (await studio.get('outcome-close').isVisible()) await studio.get('outcome-close').click();
      await proposeAndDiscard(studio, first.codes[3]);
      await openToDraw(studio, code, 'PT');
      const exports = join(first.exports, String(cycles));
      mkdirSync(exports);
      await exportAll(studio, exports);
      expect(readdirSync(exports).length).toBeGreaterThan(0);
      rmSync(exports, { recursive: true });
      await studio.openArchive(second.scans, second.codes.length);
      await studio.openVolume(second.codes[cycles % second.codes.length], 'MR');
      await studio.openArchive(first.scans, first.codes.length);
      samples.push({ at: Math.min(passed(), 0.9999), held: await holdings(launched) });
      const now = samples[samples.length - 1].held;
      console.log(
        `cycle ${cycles + 1}, ${Math.round(passed() * MINUTES)} min: ` +
          [
            ...ROLES.map((role) => {
              const held = now.get(role);
              return held
                ? `${role} ${Math.round(held.megabytes)} MB ${held.handles}h ${held.threads}t`
                : `${role} -`;
            }),
            `scripts of the window ${(await windowHeap(launched)).toFixed(1)} MB`,
          ].join(', '),
      );
    }
  } finally {
    mkdirSync('test-output/endurance', { recursive: true });
    writeFileSync(
      'test-output/endurance/soak.json',
      JSON.stringify(samples.map(({ at, held }) => ({ at, held: Object.fromEntries(held) }))),
    );
    await launched.close().catch(() => undefined);
    rmSync(home, { recursive: true, force: true });
  }
  const grown: string[] = [];
  for (const role of ROLES) {
    const figures = [0, 1, 2, 3].map((q) => quarter(samples, q));
    const memory = figures.map((part) => figureOf(part, role, 'megabytes'));
    const handles = figures.map((part) => figureOf(part, role, 'handles'));
    console.log(
      `soak: ${role}: MB by quarter ${memory.map(Math.round).join(', ')}; handles ${handles.join(', ')}`,
    );
    if (memory[3] - memory[1] > Math.max(MOST_MEGABYTES, MOST_SHARE * memory[1]))
      grown.push(`${role}: memory ${memory[1].toFixed(0)} → ${memory[3].toFixed(0)} MB`);
    if (handles[3] - handles[1] > MOST_HANDLES) grown.push(`${role}: handles ${handles[1]} → ${handles[3]}`);
  }
  console.log(`soak: ${MINUTES} minutes, ${cycles} rounds of work, ${grown.length} leaks`);
  expect(grown).toEqual([]);
});
