import { expect, test } from 'vitest';
import { AnnotationCase } from '../../main/annotation/case';
import { edited } from '../../main/annotation/state';
import type { VolumeId } from '../../preload/api';
import { pictureOf, randomEdit, seeded, smallGrid } from './random-edits';
import { SimulatedDisk } from './simulated-disk';

const ID = 'b'.repeat(32) as VolumeId;
const open = (disk: SimulatedDisk): Promise<AnnotationCase> =>
  AnnotationCase.open(disk, '/case', ID, smallGrid, { by: 'reader' });

/** What people see of a case, with how far its history goes. */
const seen = (one: AnnotationCase): string =>
  `${one.state.position}/${one.state.history.length}/${one.state.accepted} ${pictureOf(one.state.segments)}`;

/** Numbers the edits of all runs: identities are never used twice. */
let edits = 0;

interface Work {
  /** What was confirmed last, and what was under way when the power failed. */
  readonly confirmed: string;
  readonly underWay: string | null;
}

/** Draws, undoes, redoes, accepts and closes at random until the power fails. */
async function workUntilCut(disk: SimulatedDisk, random: () => number, start: string): Promise<Work> {
  let confirmed = start;
  let underWay: string | null = null;
  try {
    let one = await open(disk);
    expect(seen(one)).toBe(start);
    for (;;) {
      const { position, history, accepted, segments } = one.state;
      const choice = random();
      if (choice < 0.08 && history.length > 0) {
        const to = Math.floor((choice / 0.08) * (history.length + 1));
        // Where a move leads is found on a disk that never fails.
        const trial = await open(await disk.copied(random));
        await trial.moveTo(to);
        underWay = seen(trial);
        await one.moveTo(to);
      } else if (choice < 0.12) {
        underWay = `${position}/${history.length}/${!accepted} ${pictureOf(segments)}`;
        await one.setAccepted(!accepted);
      } else {
        const edit = randomEdit(random, segments, ++edits);
        underWay = `${position + 1}/${position + 1}/false ${pictureOf(edited(segments, edit, smallGrid))}`;
        await one.apply(position, edit);
      }
      confirmed = underWay;
      underWay = null;
      if (random() < 0.05) {
        await one.close();
        one = await open(disk);
        expect(seen(one)).toBe(confirmed);
      }
    }
  } catch (error) {
    if ((error as Error).message !== 'power cut') throw error;
    return { confirmed, underWay };
  }
}

/** Number of power cuts; `npm run test:crash` asks for more. */
const SEEDS = Number(process.env.AMLP_POWER_CUTS ?? 1000);

test(`after any of ${SEEDS} power cuts everything confirmed is there, and nothing that nobody drew`, async () => {
  let cuts = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seeded(seed);
    let disk = new SimulatedDisk(random);
    let last: Work = { confirmed: '0/0/false []', underWay: null };
    // Sometimes several cuts one after another: recovery itself is interrupted too.
    for (let cut = 0; cut < (seed % 8 === 0 ? 3 : 1); cut++) {
      disk.cutAt = disk.operations + 3 + Math.floor(random() * 120);
      const before = last;
      last = await workUntilCut(disk, random, before.confirmed);
      cuts++;
      // Cut while opening: what was confirmed or under way before is still what may be found.
      // A change opens an accepted case again before it is made; never is it made in a case that stays accepted.
      const reopened = last.underWay === null ? [] : [last.confirmed.replace('/true ', '/false ')];
      const allowed = [
        last.confirmed,
        ...reopened,
        last.underWay ?? last.confirmed,
        before.underWay ?? last.confirmed,
      ];
      disk = disk.afterPowerCut();
      const again = await open(await disk.copied(random));
      const found = seen(again);
      expect(allowed, `seed ${seed}, cut ${cut}`).toContain(found);
      last = { confirmed: found, underWay: null };
      await again.records();
    }
  }
  expect(cuts).toBeGreaterThanOrEqual(SEEDS);
}, 600_000);
