import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from '../annotation/random-edits';
import { dataPath, sharedData } from '../data';
import { builtProcess } from '../processes';
import { archiveServiceIn } from './indexer';
import { annotationIn, CASES, digestOf } from './writer';

/** Kills of a program that draws; `npm run test:crash -- --rounds N` asks for more. */
const ROUNDS = Number(process.env.AMLP_CRASH_ROUNDS ?? 12);

let bundles: string;
let home: string;
beforeAll(async () => {
  bundles = await builtProcess('crash-writer', 'test/reliability/writer.ts');
  await builtProcess('crash-indexer', 'test/reliability/indexer.ts');
  await builtProcess('archive-worker', 'main/archive/worker/process.ts');
  home = mkdtempSync(join(tmpdir(), 'amlp-crash-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) =>
    (child.exitCode ?? child.signalCode) !== null ? resolve() : child.once('close', () => resolve()),
  );

/** Lets the program run for some milliseconds after its first sign of life, then kills it. @returns what it said */
async function killed(args: string[], afterFirst: number, afterStart: number): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, afterStart);
    child.stdout.on('data', (chunk: Buffer) => {
      if (said === '') {
        clearTimeout(timer);
        setTimeout(resolve, afterFirst);
      }
      said += chunk.toString();
    });
    child.once('close', () => resolve());
  });
  child.kill('SIGKILL');
  await ended(child);
  return said;
}

test(`a program that draws is killed ${ROUNDS} times: nothing confirmed is lost`, async () => {
  const random = seeded(Number(process.env.AMLP_CRASH_SEED ?? 1));
  const folder = join(home, 'annotations');
  /** What each case showed when it was confirmed last. */
  const confirmed = new Map<string, string>();
  let strokes = 0;
  let slowest = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const said = await killed(
      [join(bundles, 'crash-writer.cjs'), '--draw', folder, String(round + 1)],
      Math.floor(random() * 400),
      20_000,
    );
    let underWay: string | null = null;
    for (const line of said.split('\n').slice(0, -1)) {
      const [id, what] = line.split(' ');
      if (what === 'begin') underWay = id;
      else {
        confirmed.set(id, what);
        underWay = null;
        strokes++;
      }
    }
    const startedAt = performance.now();
    const service = annotationIn(folder);
    await service.ready();
    for (const id of CASES) {
      const state = await service.open(id);
      // The change under way may or may not have been kept; every other case is as it was confirmed.
      if (id !== underWay && confirmed.has(id))
        expect(digestOf(state), `round ${round}`).toBe(confirmed.get(id));
      await (await service.caseOf(id))?.records();
      confirmed.set(id, digestOf(state));
    }
    await service.audit();
    slowest = Math.max(slowest, performance.now() - startedAt);
    await service.close();
    for (const id of CASES) {
      const again = annotationIn(folder);
      expect(digestOf(await again.open(id))).toBe(confirmed.get(id));
      await again.close();
    }
  }
  console.log(
    `crash: ${ROUNDS} kills while drawing, ${strokes} changes confirmed, 0 lost, 0 files damaged, slowest restart ${(slowest / 1000).toFixed(2)} s`,
  );
  expect(strokes).toBeGreaterThan(0);
}, 3_600_000);

test.skipIf(sharedData === null)(
  'a program that indexes and prepares is killed at random: index and volumes are those of an undisturbed run',
  async () => {
    const rounds = Math.max(3, Math.round(ROUNDS / 4));
    const random = seeded(2);
    const scans = join(home, 'scans');
    mkdirSync(scans);
    for (const part of ['CT', 'PET'])
      cpSync(dataPath('archive', 'sts', 'STS_008', part), join(scans, part), { recursive: true });

    const finished = async (own: string): Promise<string[]> => {
      const archive = archiveServiceIn(own, bundles);
      await archive.open(scans);
      await archive.scanned();
      const found = [];
      for (const { id } of archive.volumes()) {
        const { voxelsFile, volume } = await archive.prepare(id);
        found.push(
          `${id} ${JSON.stringify(volume.geometry)} ${createHash('sha256').update(readFileSync(voxelsFile)).digest('hex')}`,
        );
      }
      await archive.close();
      return found.sort();
    };
    const undisturbed = await finished(join(home, 'undisturbed'));
    expect(undisturbed).toHaveLength(2);
    const own = join(home, 'disturbed');
    let damaged = 0;
    for (let round = 0; round < rounds; round++) {
      if (round % 3 === 0) rmSync(own, { recursive: true, force: true });
      await killed(
        [join(bundles, 'crash-indexer.cjs'), '--index', scans, own, bundles],
        0,
        100 + Math.floor(random() * 1500),
      );
      expect(await finished(own), `round ${round}`).toEqual(undisturbed);
      const archives = join(own, 'data', 'archives');
      damaged += readdirSync(join(archives, readdirSync(archives)[0])).filter((f) =>
        f.endsWith('.damaged'),
      ).length;
    }
    console.log(
      `crash: ${rounds} kills while indexing and preparing, ${damaged} indexes damaged, 0 volumes differ`,
    );
    expect(damaged).toBe(0);
  },
  3_600_000,
);
