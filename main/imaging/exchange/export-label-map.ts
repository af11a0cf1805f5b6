import { ImagingError } from '../error';
import { deidentifiedMap, deidentifiedSource, NO_TIME, type Deidentification } from '../dicom/deidentify';
import type { Writer } from '../dicom/modules';
import type { SourceSeries } from '../dicom/source-series';
import type { ContouringOptions } from '../mask/contours-of-mask';
import { assertFits, type LabelMap } from '../mask/label-map';
import { writeNiftiMask } from '../nifti/write';
import { writeRtStruct } from '../rtstruct/write';
import { writeSeg } from '../seg/write';

export type MaskFormat = 'rtstruct' | 'seg' | 'nifti';

export interface ExportOptions extends ContouringOptions {
  readonly formats: readonly MaskFormat[];
  readonly writer: Writer;
  /** How a DICOM SEG holds its segments, default binary; a label map cannot hold overlapping ones. */
  readonly segKind?: 'binary' | 'labelmap';
  /** Who accepted the masks, if someone did. */
  readonly approvedBy?: { readonly name: string; readonly at: Date };
  /** Takes out of the files what identifies the patient (PS3.15, basic profile). Names of segments stay as they are. */
  readonly deidentify?: Deidentification;
}

export interface ExportedFile {
  /** A file name that every file system takes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ExportedMasks {
  readonly files: readonly ExportedFile[];
  readonly warnings: readonly string[];
}

/**
 * A label map as files: one RT-STRUCT, one DICOM SEG, one NIfTI mask a segment.
 * @param source the scan that the masks were drawn on; null for a scan that is no DICOM, which can leave as NIfTI only.
 * @throws ImagingError if DICOM is asked for without a source; RangeError if a mask does not fit its grid.
 */
export function exportLabelMap(
  map: LabelMap,
  source: SourceSeries | null,
  options: ExportOptions,
): ExportedMasks {
  if (options.deidentify !== undefined)
    return exportLabelMap(
      deidentifiedMap(map),
      source === null ? null : deidentifiedSource(source, options.deidentify),
      {
        ...options,
        writer: { ...options.writer, now: NO_TIME },
        approvedBy: undefined,
        deidentify: undefined,
      },
    );
  assertFits(map);
  const files: ExportedFile[] = [];
  const warnings: string[] = [];
  for (const segment of map.segments)
    if (!segment.mask.includes(1)) warnings.push(`"${segment.name}" is empty.`);
  for (const format of new Set(options.formats)) {
    if (format === 'nifti') files.push(...niftiFiles(map));
    else {
      const written =
        format === 'rtstruct'
          ? writeRtStruct(map, dicomSource(source), options)
          : writeSeg(map, dicomSource(source), { ...options, kind: options.segKind });
      files.push({ name: format === 'rtstruct' ? 'RTSTRUCT.dcm' : 'SEG.dcm', bytes: written.bytes });
      warnings.push(...written.warnings);
    }
  }
  return { files, warnings };
}

function dicomSource(source: SourceSeries | null): SourceSeries {
  if (source !== null) return source;
  throw new ImagingError(
    'unsupported',
    'The scan is no DICOM series, so its masks cannot leave as RT-STRUCT or DICOM SEG. Export NIfTI instead.',
  );
}

function niftiFiles(map: LabelMap): ExportedFile[] {
  const taken = new Set<string>();
  return map.segments.map((segment) => ({
    name: `${distinctName(fileName(segment.name), taken)}.nii.gz`,
    bytes: writeNiftiMask(segment.mask, map.geometry, { description: segment.name }),
  }));
}

/** Letters, digits and the safe marks of a name, in any script. */
function fileName(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._+-]+/gu, '_')
    .replace(/^[._]+|[._]+$/g, '');
  if (safe === '') return 'segment';
  // Windows takes these for devices, whatever follows the dot.
  const reserved = /^(con|prn|aux|nul|(com|lpt)[0-9])(\.|$)/i.test(safe);
  return reserved ? `segment_${safe}` : safe.slice(0, 80);
}

/** File systems that ignore case must keep both "GTV" and "gtv". */
function distinctName(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let n = 2; taken.has(candidate.toLowerCase()); n++) candidate = `${name}-${n}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}
