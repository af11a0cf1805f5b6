import type { VolumeId, WorklistPatient, WorklistVolume } from '../../preload/api';

/** Kinds of scan that are read laid over each other, and what is offered first with each. */
const partners: Readonly<Record<string, readonly string[]>> = {
  CT: ['PT', 'MR'],
  PT: ['CT', 'MR'],
  MR: ['PT', 'CT'],
};

/** A scan that another is offered with. */
export interface Partner {
  readonly volume: WorklistVolume;
  /** No other scan of the study could be meant, and the two belong together as PET and CT do. */
  readonly sure: boolean;
}

/**
 * The scan of another kind that lies in the same space as the one opened: of one study and one frame of reference, as
 * the scanner or a registration has said. Scans that name no frame of reference (NIfTI) have no partner: that their
 * grids overlap does not say that the patient lay still.
 */
export function partnerOf(patients: readonly WorklistPatient[], id: VolumeId): Partner | null {
  const study = patients.flatMap((p) => p.studies).find((s) => s.volumes.some((v) => v.id === id));
  const opened = study?.volumes.find((v) => v.id === id);
  if (!study || !opened || opened.frameOfReference === null) return null;
  for (const modality of partners[opened.modality] ?? []) {
    const found = study.volumes.filter(
      (v) => v.modality === modality && v.usable && v.frameOfReference === opened.frameOfReference,
    );
    if (found.length > 0)
      return { volume: found[0], sure: found.length === 1 && [opened.modality, modality].includes('PT') };
  }
  return null;
}
