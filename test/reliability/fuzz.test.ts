import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ArchiveService } from '../../main/archive/service';
import { seeded } from '../annotation/random-edits';
import { archiveInOwnFolders } from '../archive/studio';
import { dataPath, sharedData } from '../data';
import { mutate } from './mutate';
import { misplaced } from './oracle';

/** Mutated files; `npm run test:fuzz -- --count N --seed S` asks for others. */
const COUNT = Number(process.env.AMLP_FUZZ_COUNT ?? 1000);
const SEED = Number(process.env.AMLP_FUZZ_SEED ?? 1);
const BATCH = 250;
/** One file may take so long. */
const SLOWEST_SECONDS = 60;

/** Words of a program that stumbled; a person is told what is wrong with the file instead. */
const UNCLASSIFIED =
  /undefined|null|NaN|TypeError|RangeError|is not a (function|constructor)|Cannot read|Invalid (array|typed|string)|Maximum call|unreachable|out of (bounds|range)|stopped its reader/i;

interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Slices of the same series that are left as they are. */
  readonly siblings: readonly Uint8Array[];
  readonly kind: 'scan' | 'contours';
}

const read = (...parts: string[]): Uint8Array => readFileSync(dataPath(...parts));

function originals(): Original[] {
  const list: Original[] = [];
  const scan = (name: string, bytes: Uint8Array, siblings: Uint8Array[] = []): void =>
    void list.push({ name, bytes, siblings, kind: 'scan' });
  for (const [patient, series] of [
    ['STS_008', 'CT'],
    ['STS_025', 'PET'],
    ['STS_008', 'MR_T1'],
  ]) {
    const folder = dataPath('archive', 'sts', patient, series);
    const files = readdirSync(folder)
      .sort()
      .slice(0, 4)
      .map((f) => readFileSync(join(folder, f)));
    scan('slice.dcm', files[1], [files[0], files[2], files[3]]);
  }
  const syntaxes = dataPath('archive', 'transfer-syntaxes');
  for (const file of readdirSync(syntaxes, { recursive: true }) as string[])
    if (file.endsWith('.dcm')) {
      const bytes = readFileSync(join(syntaxes, file));
      if (bytes.length < 400_000) scan('one.dcm', bytes);
    }
  for (const file of readdirSync(dataPath('nifti'), { recursive: true }) as string[]) {
    if (!/\.nii(\.gz)?$/.test(file)) continue;
    const bytes = read('nifti', file);
    if (bytes.length > 400_000) continue;
    try {
      scan('volume.nii', file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    } catch {
      // A conformance file that is broken already.
    }
  }
  for (const file of readdirSync(dataPath('archive', 'seg-dcmqi'), { recursive: true }) as string[])
    if (file.endsWith('.nrrd')) scan('labels.nrrd', read('archive', 'seg-dcmqi', file));
  const contours = (bytes: Uint8Array): void =>
    void list.push({ name: 'contours.dcm', bytes, siblings: [], kind: 'contours' });
  for (const patient of ['STS_008', 'STS_025'])
    for (const series of ['CT', 'PET', 'MR_T1'])
      contours(read('archive', 'sts', patient, `${series}_RTSTRUCT.dcm`));
  for (const file of readdirSync(dataPath('archive', 'seg-dcmqi'), { recursive: true }) as string[])
    if (file.endsWith('.dcm')) {
      const bytes = read('archive', 'seg-dcmqi', file);
      if (bytes.length < 1_000_000) contours(bytes);
    }
  return list;
}

/** Gives a case UIDs of its own, so that cases of one folder are no copies of each other. */
function renumbered(bytes: Uint8Array, number: number): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const own = `1${String(number % 100_000).padStart(5, '0')}`;
  const renamed = text.replace(/\d+(?:\.\d+){5,}/g, (uid) =>
    uid.startsWith('1.2.840.10008.') ? uid : uid.replace(/\.\d{6}(?=\d*$)/, `.${own}`),
  );
  return Buffer.from(renamed, 'latin1');
}

interface Tally {
  read: number;
  refused: number;
  slowest: number;
  /** Volumes whose place another parser confirmed. */
  compared: number;
  readonly faults: string[];
}

async function judgeScans(
  archive: ArchiveService,
  how: ReadonlyMap<string, string>,
  tally: Tally,
): Promise<void> {
  const seen = new Set<string>();
  const caseOf = (path: string): string => path.split('/')[0];
  for (const { path, reason } of await archive.leftOut()) {
    seen.add(caseOf(path));
    if (UNCLASSIFIED.test(reason)) tally.faults.push(`${how.get(caseOf(path))}: left out with "${reason}"`);
  }
  const readable = new Set<string>();
  for (const volume of archive.volumes()) {
    const { source } = volume;
    const name = caseOf(source.kind === 'file' ? source.path : source.plan.frames[0].path);
    seen.add(name);
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

test.skipIf(sharedData === null)(
  `${COUNT} mutated files (seed ${SEED}) end in a volume that lies where its file says, or in a reason`,
  async () => {
    const random = seeded(SEED);
    const all = originals();
    const scans = all.filter((o) => o.kind === 'scan');
    const contours = all.filter((o) => o.kind === 'contours');
    const tally: Tally = { read: 0, refused: 0, slowest: 0, compared: 0, faults: [] };
    const { archive, close } = await archiveInOwnFolders();
    const folder = mkdtempSync(join(tmpdir(), 'amlp-fuzz-'));
    let number = 0;
    try {
      for (let done = 0; done < COUNT; done += BATCH) {
        const batch = join(folder, `batch${done}`);
        const how = new Map<string, string>();
        const masks: { file: string; how: string }[] = [];
        for (let n = 0; n < Math.min(BATCH, COUNT - done); n++) {
          const isScan = random() < 0.8;
          const original = isScan
            ? scans[Math.floor(random() ** 1.5 * scans.length)]
            : contours[Math.floor(random() * contours.length)];
          const name = `case${++number}`;
          const mutated = mutate(random, original.name, renumbered(original.bytes, number));
          const place = join(batch, isScan ? 'scans' : 'masks', name);
          mkdirSync(place, { recursive: true });
          writeFileSync(join(place, original.name), mutated.bytes);
          original.siblings.forEach((s, k) => writeFileSync(join(place, `s${k}.dcm`), renumbered(s, number)));
          if (isScan) how.set(name, `${name} ${original.name} ${mutated.how}`);
          else masks.push({ file: join(place, original.name), how: `${name} ${mutated.how}` });
        }
        await archive.open(join(batch, 'scans'));
        await archive.scanned();
        await judgeScans(archive, how, tally);
        await archive.open(dataPath('archive', 'sts', 'STS_008', 'CT'));
        await archive.scanned();
        const [ct] = archive.volumes();
        for (const { file, how: what } of masks) {
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
            if (UNCLASSIFIED.test(message)) tally.faults.push(`${what}: refused with "${message}"`);
          }
          tally.slowest = Math.max(tally.slowest, (performance.now() - startedAt) / 1000);
        }
        if (!process.env.AMLP_FUZZ_KEEP) rmSync(batch, { recursive: true, force: true });
      }
    } finally {
      await close();
      if (!process.env.AMLP_FUZZ_KEEP) rmSync(folder, { recursive: true, force: true });
    }
    console.log(
      `fuzz: ${number} mutated files, seed ${SEED}: ${tally.read} read, ${tally.refused} refused with a reason, ` +
        `${tally.compared} places compared, ${tally.faults.length} faults, slowest ${tally.slowest.toFixed(2)} s`,
    );
    expect(tally.faults).toEqual([]);
    expect(tally.slowest).toBeLessThan(SLOWEST_SECONDS);
  },
  24 * 3_600_000,
);
