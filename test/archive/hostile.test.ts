import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScanProgress } from '../../preload/api';
import { dataPath, sharedData } from '../data';
import { archiveInOwnFolders } from './studio';

let folder: string;
let studio: Awaited<ReturnType<typeof archiveInOwnFolders>>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'amlp-scans-'));
  studio = await archiveInOwnFolders();
});
afterEach(async () => {
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

async function scan(): Promise<ScanProgress> {
  let last: ScanProgress | null = null;
  const stop = studio.archive.onProgress((p) => (last = p));
  await studio.archive.open(folder);
  await studio.archive.scanned();
  stop();
  return last!;
}
const ctFiles = (): string[] => readdirSync(dataPath('archive', 'sts', 'STS_008', 'CT')).sort();
function copyCt(to = 'CT', count = Infinity): void {
  mkdirSync(join(folder, to), { recursive: true });
  for (const file of ctFiles().slice(0, count))
    copyFileSync(dataPath('archive', 'sts', 'STS_008', 'CT', file), join(folder, to, file));
}
const volumes = () => [...studio.archive.volumes()];
const reasonOf = async (path: string): Promise<string | undefined> =>
  (await studio.archive.leftOut()).find((l) => l.path === path)?.reason;

describe('folders', () => {
  test('without scans end in a sentence', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'nothing here');
    expect(await scan()).toMatchObject({
      phase: 'done',
      message: expect.stringContaining('No scans were found'),
    });
  });
  test('that are not there, or are files, end in a sentence', async () => {
    await expect(studio.archive.open(join(folder, 'gone'))).rejects.toThrow('not there');
    writeFileSync(join(folder, 'a.txt'), 'x');
    await expect(studio.archive.open(join(folder, 'a.txt'))).rejects.toThrow('This is a file');
  });
  test.skipIf(process.getuid?.() === 0)('that may not be read are named', async () => {
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0);
    await scan();
    expect(await reasonOf('closed')).toContain('may not be read');
  });
});

describe('links', () => {
  test('out of the archive are not followed, to files or folders, and are named', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'amlp-outside-'));
    writeFileSync(join(outside, 'secret.nii'), 'x');
    symlinkSync(join(outside, 'secret.nii'), join(folder, 'file.nii'));
    symlinkSync(outside, join(folder, 'folder'));
    symlinkSync('/nowhere/at/all', join(folder, 'broken'));
    symlinkSync(folder, join(folder, 'loop'));
    await scan();
    for (const name of ['file.nii', 'folder', 'broken'])
      expect(await reasonOf(name), name).toContain('link out of the archive');
    expect((await studio.archive.leftOut()).map((l) => l.path)).not.toContain('folder/secret.nii');
    rmSync(outside, { recursive: true });
  });
});

describe.skipIf(sharedData === null)('real scans', () => {
  test('that are truncated, empty or broken are left out with a reason, and the rest is read', async () => {
    copyCt();
    const [first, second, third] = ctFiles();
    truncateSync(join(folder, 'CT', first), 700);
    truncateSync(join(folder, 'CT', second), 0);
    const bytes = readFileSync(join(folder, 'CT', third));
    writeFileSync(
      join(folder, 'CT', third),
      bytes.map((b, n) => (n > 200 && n % 3 === 0 ? 0xff : b)),
    );
    await scan();
    expect(volumes().length).toBeGreaterThan(0);
    for (const file of [first, second, third]) expect(await reasonOf(`CT/${file}`), file).toBeTruthy();
  });

  test('with a missing slice are never stacked as if it were there', async () => {
    copyCt();
    rmSync(join(folder, 'CT', ctFiles()[20]));
    await scan();
    for (const volume of volumes()) {
      expect(volume.warnings.join(' ')).toMatch(/missing|uneven|irregular/i);
      if (!volume.usable) await expect(studio.archive.prepare(volume.id)).rejects.toThrow(/slice/i);
    }
  });

  test('that appear, change and vanish are followed by the next scan', async () => {
    copyCt();
    await scan();
    const [ct] = volumes();
    const before = await studio.archive.prepare(ct.id);
    cpSync(dataPath('archive', 'sts', 'STS_008', 'MR_T1'), join(folder, 'MR'), { recursive: true });
    await studio.archive.rescan();
    await studio.archive.scanned();
    expect(
      volumes()
        .map((v) => v.modality)
        .sort(),
    ).toEqual(['CT', 'MR']);
    // A touched file makes the volume new: what was prepared of it is not used.
    utimesSync(join(folder, 'CT', ctFiles()[0]), new Date(), new Date(Date.now() + 5000));
    await studio.archive.rescan();
    await studio.archive.scanned();
    const after = await studio.archive.prepare(ct.id);
    expect(after.volume.signature).not.toBe(before.volume.signature);
    expect(after.volume.geometry).toEqual(before.volume.geometry);
    rmSync(join(folder, 'CT'), { recursive: true });
    await studio.archive.rescan();
    await studio.archive.scanned();
    expect(volumes().map((v) => v.modality)).toEqual(['MR']);
    await expect(studio.archive.prepare(ct.id)).rejects.toThrow('no longer in the archive');
  });

  test('are indexed again where the index is damaged', async () => {
    copyCt();
    await scan();
    const home = join(studio.home, 'data', 'archives');
    const index = join(home, readdirSync(home)[0], 'index.sqlite');
    const [{ id }] = volumes();
    await studio.archive.close();
    writeFileSync(index, readFileSync(index).fill(0x5a, 2048));
    rmSync(`${index}-wal`, { force: true });
    const { archive, ...rest } = await archiveInOwnFolders({
      folders: { data: join(studio.home, 'data'), cache: join(studio.home, 'cache') },
    });
    await archive.open(folder);
    await archive.scanned();
    expect([...archive.volumes()].map((v) => v.id)).toEqual([id]);
    expect(readdirSync(join(index, '..'))).toContain('index.sqlite.damaged');
    await archive.close();
    await rest.close();
  });

  test('whose reader is killed again and again are finished all the same', async () => {
    copyCt();
    await studio.archive.open(folder);
    for (let n = 0; n < 6; n++) {
      await new Promise((resolve) => setTimeout(resolve, 60 * n));
      const pid = studio.archive.workers.scanner;
      if (pid)
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has just ended by itself.
        }
    }
    await studio.archive.scanned();
    expect(volumes()).toHaveLength(1);
    expect(volumes()[0].geometry?.size[2]).toBe(ctFiles().length);
  });

  test('can be stopped half-way and go on later', async () => {
    copyCt();
    await studio.archive.open(folder);
    await studio.archive.cancelScan();
    await studio.archive.rescan();
    await studio.archive.scanned();
    expect(volumes()).toHaveLength(1);
  });
});

describe.skipIf(sharedData === null)('a labelled folder of NIfTI', () => {
  test('gives a patient a case, scans by modality, and masks to import', async () => {
    for (const patient of ['STS_044', 'STS_036'])
      cpSync(dataPath('labelled', 'sts', patient), join(folder, patient), { recursive: true });
    await scan();
    const patients = await studio.archive.worklist();
    expect(patients.map((p) => p.code)).toEqual(['STS_036', 'STS_044']);
    for (const { studies } of patients)
      expect(
        studies
          .flatMap((s) => s.volumes)
          .map((v) => v.modality)
          .sort(),
      ).toEqual(['CT', 'MR', 'PT']);
    for (const volume of volumes()) {
      const masks = studio.archive.importable(volume.id).map((m) => m.path.split('/')[1]);
      expect(masks).toEqual(volume.modality === 'PT' ? ['PET_native_GTV.nii.gz'] : ['GTV.nii.gz']);
      const { volume: prepared } = await studio.archive.prepare(volume.id);
      expect(prepared.unit).toBe(volume.modality === 'CT' ? 'HU' : 'stored');
    }
  });
});
