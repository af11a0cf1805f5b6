/**
 * Masks as files of other systems, in two steps: first made whole in a folder of our own, where they can be looked at,
 * then put where they go. What was looked at is what leaves, byte for byte.
 */
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ExportResult } from '../../../preload/api';
import { maskOfRuns } from '../../annotation/runs';
import { exportLabelMap, sourceSeriesOfPlan } from '../../imaging';
import { headerRows } from '../../imaging/dicom/preview';
import { namesPatient } from '../../imaging/dicom/leak';
import { voxelCount } from '../../imaging/space/geometry';
import type { ExportTask, StagedExport } from '../messages';
import { namedPlan } from './named-plan';

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
 * Makes all files, or none where one cannot be made, with the header of each DICOM object.
 * @throws ImagingError where a format cannot hold the masks; system errors where the folder cannot be written
 */
export async function stageMasks(task: ExportTask): Promise<StagedExport> {
  const voxels = voxelCount(task.geometry);
  const needsSource = task.formats.some((format) => format !== 'nifti');
  // What names the patient is read even where it is taken out: texts are searched for it.
  const plan =
    task.source.kind === 'dicom' && (needsSource || task.deidentify)
      ? await namedPlan(task.root, task.source.plan)
      : null;
  const { files, warnings } = exportLabelMap(
    {
      geometry: task.geometry,
      segments: task.segments.map((s) => ({ ...s, mask: maskOfRuns(s.mask, voxels) })),
    },
    needsSource && plan ? sourceSeriesOfPlan(plan) : null,
    {
      ...task.forms,
      formats: task.formats,
      writer: { softwareVersion: task.version, now: new Date() },
      ...(task.approvedBy
        ? { approvedBy: { name: task.approvedBy.name, at: new Date(task.approvedBy.at) } }
        : {}),
      ...(task.deidentify ? { deidentify: task.deidentify } : {}),
    },
  );
  const leaks =
    task.deidentify && plan
      ? [task.deidentify.patientCode, task.prefix, ...task.segments.map(({ name }) => name)].filter((text) =>
          namesPatient(text, { name: plan.patientName, id: plan.patientId }),
        )
      : [];
  await mkdir(task.folder, { recursive: true });
  const staged = [];
  for (const { name, bytes } of files) {
    const whole = `${task.prefix}-${name}`;
    await writeFile(join(task.folder, whole), bytes);
    staged.push({
      name: whole,
      bytes: bytes.length,
      header: name.endsWith('.dcm') ? headerRows(bytes) : null,
    });
  }
  return { files: staged, warnings, leaks };
}

/** Puts staged files into a folder, all or none; nothing is overwritten: a name that is taken gets a number. */
export async function placeMasks(
  staged: readonly string[],
  folder: string,
): Promise<Pick<ExportResult, 'files'>> {
  const written: string[] = [];
  try {
    for (const file of staged) written.push(await writeNew(folder, basename(file), await readFile(file)));
  } catch (error) {
    for (const file of written) await rm(file, { force: true }).catch(() => undefined);
    throw error;
  }
  return { files: written };
}
