import { join } from 'node:path';
import {
  exportLabelMap,
  sourceSeriesOfPlan,
  writeNiftiMask,
  type ExportOptions,
  type VolumePlan,
} from '../imaging';
import { segmentColor } from '../imaging/exchange/segment-colors';
import type { Generation } from '../imaging/mask/label-map';
import type { VolumeGeometry } from '../imaging/space/geometry';
import { writeAtomic } from '../learning/store/atomic';
import { UsageError } from './program';
import { appVersion } from './version';

export type ExportFormat = 'rtstruct' | 'seg' | 'nifti';

export const formatList = (text: string): ExportFormat[] =>
  text.split(',').map((name) => {
    const format = name.trim().toLowerCase();
    if (format === 'rtstruct' || format === 'seg' || format === 'nifti') return format;
    throw new UsageError(`"${name}" is no format; there are rtstruct, seg and nifti.`);
  });

export interface SegmentsToWrite {
  readonly folder: string;
  readonly geometry: VolumeGeometry;
  readonly segments: readonly { readonly name: string; readonly mask: Uint8Array }[];
  /** The series that they were drawn on, where it is DICOM. */
  readonly plan?: VolumePlan;
  readonly generation?: Generation;
  /** Forms of RT-STRUCT and SEG, where the usual ones are not wanted. */
  readonly forms?: Pick<ExportOptions, 'segKind' | 'style' | 'keyholes'>;
}

/** Writes masks in the formats asked for; each file is whole or not there. @returns paths and remarks */
export async function writeSegments(
  { folder, geometry, segments, plan, generation = 'AUTOMATIC', forms = {} }: SegmentsToWrite,
  formats: readonly ExportFormat[],
  uncertainty: Uint8Array | null = null,
): Promise<{ readonly files: string[]; readonly warnings: string[] }> {
  const exported = exportLabelMap(
    {
      geometry,
      segments: segments.map(({ name, mask }, n) => ({
        id: String(n + 1),
        name,
        color: segmentColor(n),
        generation,
        mask,
      })),
    },
    plan ? sourceSeriesOfPlan(plan) : null,
    { ...forms, formats, writer: { softwareVersion: appVersion, now: new Date() } },
  );
  const files = exported.files.map(({ name, bytes }) => {
    const file = join(folder, name);
    writeAtomic(file, [bytes]);
    return file;
  });
  if (uncertainty !== null) {
    const file = join(folder, 'uncertainty.nii.gz');
    writeAtomic(file, [writeNiftiMask(uncertainty, geometry, { description: 'uncertainty' })]);
    files.push(file);
  }
  return { files, warnings: [...exported.warnings] };
}
