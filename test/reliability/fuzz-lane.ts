/** One lane of the fuzzing: mutates real files, lets the real workers read them, and judges what comes of it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveService } from '../../main/archive/service';
import { seeded } from '../annotation/random-edits';
import { archiveInOwnFolders } from '../archive/studio';
import { dataPath } from '../data';
import { mutate } from './mutate';
import { misplaced } from './oracle';
import { originals, renumbered } from './originals';

const BATCH = 250;
/** Pictures for the worklist read every volume as preparing it does; one batch of so many makes them as well. */
const PICTURES_EVERY = 8;

/** Words of a program that stumbled; a person is told what is wrong with the file instead. */
export const UNCLASSIFIED =
  /undefined|null|NaN|TypeError|RangeError|is not a (function|constructor)|Cannot read|Invalid (array|typed|string)|Maximum call|unreachable|out of (bounds|range)|stopped its reader/i;

export interface Tally {
  mutated: number;
  read: number;
  refused: number;
  /** Seconds that the slowest file took. */
  slowest: number;
  /** Volumes whose place another parser confirmed. */
  compared: number;
  readonly faults: string[];
}

export const emptyTally = (): Tally => ({
  mutated: 0,
  read: 0,
  refused: 0,
  slowest: 0,
  compared: 0,
  faults: [],
});

/** Memory where the system offers it: the disk's flushes are not what is tested here, and take most of the time. */
export const scratch = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

/** Indexes a folder; where no pictures are wanted, they are called off once the index is done. */
async function scanned(archive: ArchiveService, folder: string, withPictures: boolean): Promise<void> {
  const indexed = new Promise<void>((resolve) => {
    const stop = archive.onProgress(({ phase }) => {
      if (phase !== 'done' && phase !== 'failed') return;
      stop();
      resolve();
    });
  });
  await archive.open(folder);
  await indexed;
  await (withPictures ? archive.scanned() : archive.cancelScan());
}

async function judgeScans(
  archive: ArchiveService,
  how: ReadonlyMap<string, string>,
  tally: Tally,
): Promise<void> {
  const caseOf = (path: string): string => path.split('/')[0];
  for (const { path, reason } of await archive.leftOut())
    if (UNCLASSIFIED.test(reason)) tally.faults.push(`${how.get(caseOf(path))}: left out with "${reason}"`);
  const readable = new Set<string>();
  for (const volume of archive.volumes()) {
    const { source } = volume;
    const name = caseOf(source.kind === 'file' ? source.path : source.plan.frames[0].path);
    const { wrong, compared } = misplaced(archive.root, volume);
    if (compared) tally.compared++;
    if (wrong) tally.faults.push(`${how.get(name)}: accepted ${wrong}`);
    const startedAt = performance.now();
    try {
      await archive.prepare(volume.id);
      readable.add(name);
    } catch (error) {
      const { message } = error as Error;
      if (UNCLASSIFIED.test(message)) tally.faults.push(`${how.get(name)}: refused with "${message}"`);
    }
    tally.slowest = Math.max(tally.slowest, (performance.now() - startedAt) / 1000);
    await archive.forget(volume.id);
  }
  tally.read += readable.size;
  tally.refused += how.size - readable.size;
}

async function judgeMasks(
  archive: ArchiveService,
  masks: readonly { readonly file: string; readonly how: string }[],
  tally: Tally,
): Promise<void> {
  const [ct] = archive.volumes();
  for (const { file, how } of masks) {
    const startedAt = performance.now();
    try {
      await archive.importMasks({
        file,
        source: ct.source,
        geometry: ct.geometry!,
        frameOfReference: ct.frameOfReference,
      });
      tally.read++;
    } catch (error) {
      tally.refused++;
      const { message } = error as Error;
      if (UNCLASSIFIED.test(message)) tally.faults.push(`${how}: refused with "${message}"`);
    }
    tally.slowest = Math.max(tally.slowest, (performance.now() - startedAt) / 1000);
  }
}

/** Judges `count` mutations of scans and contours, drawn from `seed`; `told` hears of each batch. */
export async function fuzzScans(count: number, seed: number, told: (tally: Tally) => void): Promise<Tally> {
  const random = seeded(seed);
  const all = originals();
  const scans = all.filter((o) => o.kind === 'scan');
  const contours = all.filter((o) => o.kind === 'contours');
  const tally = emptyTally();
  const toScan = await archiveInOwnFolders({}, scratch());
  const toImport = await archiveInOwnFolders({}, scratch());
  const folder = mkdtempSync(join(scratch(), 'amlp-fuzz-'));
  let batches = 0;
  try {
    await toImport.archive.open(dataPath('archive', 'sts', 'STS_008', 'CT'));
    await toImport.archive.scanned();
    while (tally.mutated < count) {
      const batch = join(folder, `batch${tally.mutated}`);
      const how = new Map<string, string>();
      const masks: { file: string; how: string }[] = [];
      mkdirSync(join(batch, 'scans'), { recursive: true });
      for (let n = Math.min(BATCH, count - tally.mutated); n > 0; n--) {
        const isScan = random() < 0.8;
        const original = isScan
          ? scans[Math.floor(random() ** 1.5 * scans.length)]
          : contours[Math.floor(random() * contours.length)];
        const number = ++tally.mutated;
        const name = `case${number}`;
        const mutated = mutate(random, original.name, renumbered(original.bytes, number));
        const place = join(batch, isScan ? 'scans' : 'masks', name);
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, original.name), mutated.bytes);
        original.siblings.forEach((s, k) => writeFileSync(join(place, `s${k}.dcm`), renumbered(s, number)));
        const told = `seed ${seed} ${name} ${original.name} ${mutated.how}`;
        if (isScan) how.set(name, told);
        else masks.push({ file: join(place, original.name), how: told });
      }
      await scanned(toScan.archive, join(batch, 'scans'), batches++ % PICTURES_EVERY === 0);
      await judgeScans(toScan.archive, how, tally);
      await judgeMasks(toImport.archive, masks, tally);
      if (!process.env.AMLP_FUZZ_KEEP) rmSync(batch, { recursive: true, force: true });
      // Each batch is an archive of its own; nobody opens it again.
      rmSync(join(toScan.home, 'data', 'archives'), { recursive: true, force: true });
      told(tally);
    }
  } finally {
    await toScan.close();
    await toImport.close();
    if (!process.env.AMLP_FUZZ_KEEP) rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}
