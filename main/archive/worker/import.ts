/** Reads masks of a file that a person chose, onto the grid of a volume. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { runsOfMask } from '../../annotation/runs';
import { ImagingError, openMasks } from '../../imaging';
import type { ImportTask, PackedSegment } from '../messages';
import { stemOf } from '../sniff';

const LARGEST = 2 * 2 ** 30;

/** @throws ImagingError with a sentence: no mask, another patient, another space, another grid */
export async function importMaskFile({
  file,
  source,
  geometry,
  frameOfReference,
}: ImportTask): Promise<{ segments: PackedSegment[]; warnings: readonly string[] }> {
  if ((await stat(file)).size > LARGEST)
    throw new ImagingError('over-limit', 'The file is larger than 2 GB, more than masks need.');
  const plan = source.kind === 'dicom' ? source.plan : null;
  const masks = await openMasks(await readFile(file), {
    geometry,
    frameOfReference,
    ...(plan
      ? { patientId: plan.patientId, sopInstanceUids: new Set(plan.frames.map((f) => f.sopInstanceUid)) }
      : {}),
  });
  const segments: PackedSegment[] = [];
  // One mask at a time: a plan of a hundred structures would not fit the memory.
  for (let n = 0; n < masks.names.length; n++) {
    const segment = await masks.read(n);
    segments.push({
      ...segment,
      // A NIfTI mask has no name of its own; its file has.
      name: segment.name === 'Mask' ? stemOf(basename(file)) : segment.name,
      mask: runsOfMask(segment.mask),
    });
  }
  return { segments, warnings: masks.warnings };
}
