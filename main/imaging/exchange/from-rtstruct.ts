import { randomUUID } from 'node:crypto';
import type { Segment } from '../mask/label-map';
import { maskOfContours } from '../mask/mask-of-contours';
import type { RtRoi, RtStruct } from '../rtstruct/read';
import { assertSameSpace, type ImportOptions, type ImportTarget, type MaskFile } from './import-target';
import { segmentColor } from './segment-colors';

/** The structures of an RT-STRUCT as masks on the scan's grid; each structure is kept, also one that fills no voxel. */
export function masksOfRtStruct(file: RtStruct, target: ImportTarget, options: ImportOptions): MaskFile {
  const warnings = [...file.warnings];
  const contours = file.rois.reduce((sum, roi) => sum + roi.contours.length, 0);
  const unresolved = unresolvedReferences(file, target);
  assertSameSpace({ ...file, resolved: contours > 0 && unresolved === 0 }, target, warnings);
  if (unresolved !== null && unresolved > 0)
    warnings.push(
      `${unresolved} contours refer to images that are not in this scan; they are placed by their coordinates.`,
    );
  const rois = file.rois.filter((roi) => belongs(roi, file, target, warnings));
  return {
    names: rois.map((roi) => roi.name),
    warnings,
    read: (index) => Promise.resolve(segmentOf(rois[index], index, target, options, warnings)),
  };
}

/** A file may hold structures of several frames of reference; only those of the scan's are taken. */
function belongs(roi: RtRoi, file: RtStruct, target: ImportTarget, warnings: string[]): boolean {
  const known = target.frameOfReference !== null && file.framesOfReference.includes(target.frameOfReference);
  if (!known || roi.frameOfReference === null || roi.frameOfReference === target.frameOfReference)
    return true;
  warnings.push(`"${roi.name}" is drawn in another frame of reference and was left out.`);
  return false;
}

/** Contours that refer to no image of the scan; null where the scan's images are not known. */
function unresolvedReferences(file: RtStruct, { sopInstanceUids }: ImportTarget): number | null {
  if (sopInstanceUids === undefined) return null;
  const unresolved = (roi: RtRoi): number =>
    roi.contours.filter((c) => c.images.length === 0 || !c.images.every((uid) => sopInstanceUids.has(uid)))
      .length;
  return file.rois.reduce((sum, roi) => sum + unresolved(roi), 0);
}

function segmentOf(
  roi: RtRoi,
  index: number,
  target: ImportTarget,
  options: ImportOptions,
  warnings: string[],
): Segment {
  const { mask, remarks } = maskOfContours(roi.contours, target.geometry, options);
  warnings.push(...remarks.map((remark) => `"${roi.name}": ${remark}`));
  return {
    id: randomUUID(),
    name: roi.name,
    color: roi.color ?? segmentColor(index),
    generation: roi.generation ?? 'MANUAL',
    code: roi.code ?? undefined,
    description: roi.description === '' ? undefined : roi.description,
    mask,
  };
}
