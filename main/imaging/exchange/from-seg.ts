import { randomUUID } from 'node:crypto';
import type { Segment } from '../mask/label-map';
import type { SegFile } from '../seg/read';
import {
  assertSameSpace,
  onTargetGrid,
  type ImportedMasks,
  type ImportOptions,
  type ImportTarget,
} from './import-target';
import { segmentColor } from './segment-colors';

/** The segments of a DICOM SEG as masks on the scan's grid. */
export function masksOfSeg(file: SegFile, target: ImportTarget, options: ImportOptions): ImportedMasks {
  const warnings = [...file.warnings];
  assertSameSpace({ ...file, resolved: false }, target, warnings);
  const segments = file.segments.map((segment, n): Segment => ({
    id: randomUUID(),
    name: segment.name,
    color: segment.color ?? segmentColor(n),
    generation: segment.generation ?? 'MANUAL',
    code: segment.code ?? undefined,
    description: segment.description === '' ? undefined : segment.description,
    mask: onTargetGrid(segment.name, segment.mask, file.geometry, target, options, warnings),
  }));
  return { segments, warnings };
}
