/** Where a volume's voxels come from: enough for a worker to read them again. Plain data: it survives JSON. */
import type { VolumePlan } from '../imaging';

export type VolumeSource =
  | { readonly kind: 'dicom'; readonly plan: VolumePlan }
  | {
      readonly kind: 'file';
      readonly format: 'nifti' | 'nrrd' | 'meta';
      readonly path: string;
      /** Which volume of a file with several (a 4D file). */
      readonly part: number;
      /** DICOM modality told by the name; the formats do not say. */
      readonly modality: string;
    };

/** The files, below the archive, that the volume is made of. */
export const filesOf = (source: VolumeSource): readonly string[] =>
  source.kind === 'file' ? [source.path] : [...new Set(source.plan.frames.map((frame) => frame.path))];
