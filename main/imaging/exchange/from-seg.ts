import { randomUUID } from 'node:crypto';
import type { SegFile } from '../seg/read';
import {
  assertSameSpace,
  onTargetGrid,
  type ImportOptions,
  type ImportTarget,
  type MaskFile,
} from './import-target';
import { segmentColor } from './segment-colors';

/** The segments of a DICOM SEG as masks on the scan's grid. */
export function masksOfSeg(file: SegFile, target: ImportTarget, options: ImportOptions): MaskFile {
  const warnings = [...file.warnings];
  assertSameSpace({ ...file, resolved: false }, target, warnings);
  return {
    names: file.segments.map((segment) => segment.name),
    warnings,
    async read(index) {
      const segment = file.segments[index];
      const { mask, remarks } = await file.maskOf(segment.number);
      warnings.push(...remarks.filter((remark) => !warnings.includes(remark)));
      return {
        id: randomUUID(),
        name: segment.name,
        color: segment.color ?? segmentColor(index),
        generation: segment.generation ?? 'MANUAL',
        code: segment.code ?? undefined,
        description: segment.description === '' ? undefined : segment.description,
        mask: onTargetGrid(segment.name, mask, file.geometry, target, options, warnings),
      };
    },
  };
}
