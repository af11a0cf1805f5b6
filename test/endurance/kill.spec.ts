import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { seeded } from '../annotation/random-edits';
import { damageOf, journalsOf, lostRecords } from './kept';
import type { Role } from './processes';
import { Survivor, until } from './survivor';
import { contour, openToDraw, placeFor, stroke, type Place } from './work';

const ROUNDS = Number(process.env.AMLP_KILL_ROUNDS ?? 20);
const SEED = Number(process.env.AMLP_CRASH_SEED ?? 1);
/** A bar for a machine that does nothing else. */
const RESTART_SECONDS = Number(process.env.AMLP_RESTART_SECONDS ?? 5);

const VICTIMS = ['window', 'main', 'engine', 'archive worker'] as const satisfies readonly Role[];
const WORKS = ['contouring', 'saving', 'training', 'exporting', 'indexing'] as const;
type Work = (typeof WORKS)[number];

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test.skip(process.platform !== 'linux', 'Processes are looked up in /proc.');

class Rounds {
  readonly random = seeded(SEED);
  readonly restarts: Record<(typeof VICTIMS)[number], number[]> = {
    window: [],
    main: [],
    engine: [],
    'archive worker': [],
  };
  strokes = 0;
  lost = 0;
  orphans = 0;
  readonly damage: string[] = [];

  constructor(
    readonly survivor: Survivor,
    readonly place: Place,
    readonly data: string,
  ) {}

  /** Opens the archive and a case; both may be open already. */
  async ready(): Promise<void> {
    const { studio } = this.survivor;
    if ((await studio.get('patient').count()) !== this.place.codes.length)
      await studio.openArchive(this.place.scans, this.place.codes.length);
    const code = this.place.codes[Math.floor(this.random() * 2)];
    await openToDraw(studio, code, this.random() < 0.5 ? 'CT' : 'PT');
    await studio.useTool('brush');
    await studio.brushDiameter(12);
  }

  /** Begins the work and never ends it by itself; what fails once the victim is dead is no failure. */
  async work(work: Work, isOver: () => boolean): Promise<void> {
    const { studio } = this.survivor;
    const bridge = (text: string): Promise<unknown> => studio.page.evaluate(text);
    try {
      if (work === 'training') {
        await bridge(
          `window.studio.learning.profiles().then((all) => window.studio.learning.pretrain(all[0].id, { epochs: 30 }))`,
        );
      }
      if (work === 'indexing') {
        const fresh = join(this.place.home, 'scans-fresh');
        rmSync(fresh, { recursive: true, force: true });
        cpSync(this.place.scans, fresh, { recursive: true, preserveTimestamps: false });
        rmSync(join(this.place.scans, 'again'), { recursive: true, force: true });
        cpSync(fresh, join(this.place.scans, 'again'), { recursive: true });
        await bridge('void window.studio.archive.rescan()');
      }
      while (!isOver()) {
        if (work === 'exporting')
          await bridge(
            `(async () => {
              const patients = await window.studio.archive.worklist();
              for (const { id } of patients.flatMap((p) => p.studies.flatMap((s) => s.volumes))) {
                const { segments } = await window.studio.annotation.open(id);
                const drawn = segments.filter((s) => s.mask.length > 0).map((s) => s.info.id);
                if (drawn.length > 0)
                  await window.studio.exchange.export({
                    volumeId: id, formats: ['nifti'], segmentIds: drawn, folder: ${JSON.stringify(this.place.exports)},
                  });
              }
            })()`,
          );
        await stroke(studio, this.random, this.random() < 0.7 ? 'brush' : 'eraser');
        this.strokes++;
        if (work === 'saving') await pause(30);
      }
    } catch (error) {
      if (!isOver()) throw error;
    }
  }

  /** Lets the victim die at a random moment of the work, and looks at what is left. */
  async round(victim: (typeof VICTIMS)[number], work: Work): Promise<void> {
    await this.ready();
    let isOver = false;
    const working = this.work(work, () => isOver);
    // Whoever fails here is heard of below.
    working.catch(() => undefined);
    await pause(150 + this.random() * 1200);
    const before = await journalsOf(this.data);
    isOver = true;
    const startedAt = performance.now();
    if (victim === 'main') {
      this.orphans += await this.survivor.killMain();
      await working;
      this.restarts.main.push(await this.survivor.start());
    } else {
      const pid = await this.survivor.pidOf(victim);
      const crashed = new Promise((resolve) => this.survivor.studio.page.once('crash', resolve));
      // The archive's worker is only there once it has been asked for something.
      if (pid !== null) process.kill(pid, 'SIGKILL');
      if (victim === 'window') {
        await Promise.race([crashed, pause(5000)]);
        await Promise.race([working, pause(5000)]);
        await until('the window came back', 60, async () => {
          await this.survivor.attach();
          return (await this.survivor.studio.get('save-state').count()) === 1;
        });
      } else {
        await working;
        await this.survivor.studio.saved();
        if (victim === 'engine')
          await until('the engine came back', 60, async () => {
            const now = await this.survivor.pidOf('engine');
            return now !== null && now !== pid;
          });
        else await this.survivor.studio.page.evaluate('window.studio.archive.rescan()');
      }
      this.restarts[victim].push((performance.now() - startedAt) / 1000);
    }
    await this.stopJobs();
    const after = await journalsOf(this.data);
    this.lost += lostRecords(before, after);
    this.damage.push(...(await damageOf(this.data, this.place.exports)));
  }

  async stopJobs(): Promise<void> {
    await this.survivor.studio.page.evaluate(`window.studio.learning.jobs().then((jobs) => Promise.all(
      jobs.filter((job) => ['running', 'queued', 'paused'].includes(job.state))
        .map((job) => window.studio.learning.cancel(job.id).catch(() => undefined))))`);
  }
}

test(`${ROUNDS} kills of window, main, engine and archive worker of the real application lose nothing`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'amlp-kill-'));
  const place = await placeFor(join(home, 'scans'), 11, 3);
  const data = join(home, 'data');
  mkdirSync(data);
  const survivor = new Survivor(data);
  const rounds = new Rounds(survivor, place, data);
  try {
    await survivor.start();
    await survivor.studio.openArchive(place.scans, place.codes.length);
    await contour(survivor.studio, place, place.codes[0]);
    for (let n = 0; n < ROUNDS; n++) {
      const victim = VICTIMS[n % VICTIMS.length];
      const work = WORKS[Math.floor(n / VICTIMS.length) % WORKS.length];
      await test.step(`${victim} while ${work}`, () => rounds.round(victim, work));
      console.log(
        `round ${n + 1}: ${victim} while ${work}, back after ${rounds.restarts[victim].at(-1)?.toFixed(2)} s`,
      );
      expect(rounds.lost, `round ${n}: ${victim} while ${work}`).toBe(0);
      expect(rounds.damage, `round ${n}: ${victim} while ${work}`).toEqual([]);
    }
  } finally {
    await survivor.close();
    rmSync(home, { recursive: true, force: true });
  }
  const slowest = (seconds: readonly number[]): string => Math.max(0, ...seconds).toFixed(2);
  console.log(
    `crash: ${ROUNDS} kills in the real application (${VICTIMS.map((v) => `${v} ${rounds.restarts[v].length}`).join(', ')}), ` +
      `${rounds.strokes} strokes, ${rounds.lost} journaled changes lost, ${rounds.damage.length} files damaged, ` +
      `${rounds.orphans} processes left behind; slowest return: ` +
      VICTIMS.map((v) => `${v} ${slowest(rounds.restarts[v])} s`).join(', '),
  );
  expect(rounds.orphans).toBe(0);
  for (const victim of VICTIMS)
    for (const seconds of rounds.restarts[victim]) expect(seconds).toBeLessThan(RESTART_SECONDS);
});
