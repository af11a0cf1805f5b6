import { randomUUID } from 'node:crypto';
import type { Segment } from '../mask/label-map';
import { maskOfContours } from '../mask/mask-of-contours';
import type { RtRoi, RtStruct } from '../rtstruct/read';
import { assertSameSpace, type ImportedMasks, type ImportOptions, type ImportTarget } from './import-target';
import { segmentColor } from './segment-colors';

/** The structures of an RT-STRUCT as masks on the scan's grid; each structure is kept, also one that fills no voxel. */
export function masksOfRtStruct(file: RtStruct, target: ImportTarget, options: ImportOptions): ImportedMasks {
  assertSameSpace(file, target);
  const warnings = [...file.warnings];
  if (target.frameOfReference === null || file.framesOfReference.length === 0)
    warnings.push(
      'Scan and contours name no common frame of reference; contours are placed by their coordinates alone.',
    );
  const unresolved = unresolvedReferences(file, target);
  if (unresolved > 0)
    warnings.push(
      `${unresolved} contours refer to images that are not in this scan; they are placed by their coordinates.`,
    );
  const segments = file.rois
    .filter((roi) => belongs(roi, target, warnings))
    .map((roi, n) => segmentOf(roi, n, target, options, warnings));
  return { segments, warnings };
}

function belongs(roi: RtRoi, target: ImportTarget, warnings: string[]): boolean {
  if (target.frameOfReference === null || roi.frameOfReference === null) return true;
  if (roi.frameOfReference === target.frameOfReference) return true;
  warnings.push(`"${roi.name}" is drawn in another frame of reference and was left out.`);
  return false;
}

function unresolvedReferences(file: RtStruct, { sopInstanceUids }: ImportTarget): number {
  if (sopInstanceUids === undefined) return 0;
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
