/** Writes masks as files of other systems. Nothing is overwritten: a name that is taken gets a number. */
import { link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportResult } from '../../../preload/api';
import { maskOfRuns } from '../../annotation/runs';
import { exportLabelMap, sourceSeriesOfPlan } from '../../imaging';
import { voxelCount } from '../../imaging/space/geometry';
import type { ExportTask } from '../messages';

/** Names are tried until one is free: somebody else may write into the same folder. */
const MOST_NAMES = 1000;

/** Gives a finished file its name unless the name is taken; false where it is. */
async function claim(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error;
  }
  // Memory sticks know no second names for one file. An empty file holds the name until ours takes its place.
  try {
    await (await open(file, 'wx')).close();
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
  await rename(draft, file);
  return true;
}

/** Writes a file whole under a name that is free; an interruption leaves a draft, never half a file. */
async function writeNew(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const draft = join(folder, `.${name}.${process.pid}.draft`);
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const dot = /\.nii\.gz$|\.[^.]+$/.exec(name)?.index ?? name.length;
    for (let n = 1; n <= MOST_NAMES; n++) {
      const file = join(folder, n === 1 ? name : `${name.slice(0, dot)}-${n}${name.slice(dot)}`);
      if (await claim(draft, file)) return file;
    }
    throw new Error('No name is free in this folder; choose another.');
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/**
 * Writes all files, or none where one cannot be written.
 * @throws ImagingError where a format cannot hold the masks; system errors where the folder cannot be written
 */
export async function exportMasks(task: ExportTask): Promise<ExportResult> {
  const voxels = voxelCount(task.geometry);
  const needsSource = task.formats.some((format) => format !== 'nifti');
  const { files, warnings } = exportLabelMap(
    {
      geometry: task.geometry,
      segments: task.segments.map((s) => ({ ...s, mask: maskOfRuns(s.mask, voxels) })),
    },
    needsSource && task.source.kind === 'dicom' ? sourceSeriesOfPlan(task.source.plan) : null,
    {
      formats: task.formats,
      writer: { softwareVersion: task.version, now: new Date() },
      ...(task.approvedBy
        ? { approvedBy: { name: task.approvedBy.name, at: new Date(task.approvedBy.at) } }
        : {}),
    },
  );
  const written: string[] = [];
  try {
    for (const { name, bytes } of files)
      written.push(await writeNew(task.folder, `${task.prefix}-${name}`, bytes));
  } catch (error) {
    for (const file of written) await rm(file, { force: true }).catch(() => undefined);
    throw error;
  }
  return { files: written, warnings };
}
