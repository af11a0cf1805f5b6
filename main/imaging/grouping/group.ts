import { createHash } from 'node:crypto';
import type { DicomHeader, ImageHeader } from '../dicom/header';
import { notAScan, syntaxName } from '../dicom/header';
import type { FrameHeader } from '../dicom/frames';
import { syntaxes } from '../dicom/transfer-syntax';
import { suvVerdict } from '../suv/suv';
import { patientPoint } from '../space/geometry';
import type { VoxelUnit } from '../volume';
import { divide, type Candidate, type Part } from './divide';
import type { LeftOutFile, VolumePlan } from './plan';
import { judgeStack, type PlacedFrame } from './stack';

export type HeaderOfFile = DicomHeader & { readonly path: string };

/**
 * Divides files into volumes: by series, then by what makes slices incomparable (size, spacing, orientation, frame
 * of reference), then by what tells apart slices at the same place (echo, time, …). The order of the files does not
 * matter. Every file is either in a volume or in `leftOut` with its reason.
 */
export function groupIntoVolumes(headers: readonly HeaderOfFile[]): {
  volumes: VolumePlan[];
  leftOut: LeftOutFile[];
} {
  const leftOut: LeftOutFile[] = [];
  const series = new Map<string, HeaderOfFile[]>();
  const seen = new Map<string, string>();
  for (const header of [...headers].sort((a, b) => compare(a.path, b.path))) {
    const refusal = refuse(header);
    if (refusal) {
      leftOut.push({ path: header.path, ...refusal });
      continue;
    }
    const { sopInstanceUid } = header;
    const twin = sopInstanceUid === '' ? undefined : seen.get(sopInstanceUid);
    if (twin !== undefined) {
      leftOut.push({
        path: header.path,
        code: 'malformed',
        reason: `It carries the same SOP Instance UID as ${twin}: a copy, of which one is read.`,
      });
      continue;
    }
    seen.set(sopInstanceUid, header.path);
    // Files without a series UID cannot be told to belong together.
    const uid = header.series.uid === '' ? `file ${header.path}` : header.series.uid;
    const files = series.get(uid);
    if (files) files.push(header);
    else series.set(uid, [header]);
  }
  const volumes = [...series.values()].flatMap((files) => volumesOfSeries(files, leftOut));
  return { volumes, leftOut };
}

/** Why a file cannot be part of any volume, judged by itself. */
function refuse(h: HeaderOfFile): Omit<LeftOutFile, 'path'> | null {
  const { image } = h;
  const other = notAScan(h.sopClassUid);
  if (other) return { code: 'not-an-image', reason: `It is ${other}, not a scan.` };
  if (!image)
    return { code: 'not-an-image', reason: `It holds no image (${h.modality || 'modality unknown'}).` };
  if (image.samplesPerPixel !== 1 || !image.photometric.startsWith('MONOCHROME'))
    return {
      code: 'unsupported',
      reason: `It is a colour image (${image.photometric}); only greyscale scans can be contoured.`,
    };
  if (image.floatBits === 0 && ![8, 16, 32].includes(image.bitsAllocated))
    return { code: 'unsupported', reason: `Its voxels have ${image.bitsAllocated} bits, which is not read.` };
  const syntax = syntaxes.get(h.transferSyntax);
  if (!syntax?.codec)
    return {
      code: 'unsupported',
      reason: `Its transfer syntax (${syntaxName(h.transferSyntax)}) is not read; convert the file to an uncompressed one.`,
    };
  if (image.modalityLut)
    return {
      code: 'unsupported',
      reason:
        'Its values go through a table (Modality LUT), which is not read; export it with Rescale Slope and Intercept.',
    };
  const lost = image.frames.filter((f) => !f.position || !f.orientation || !f.spacing);
  if (lost.length > 0) {
    const missing = !lost[0].position
      ? 'Image Position (Patient)'
      : !lost[0].orientation
        ? 'Image Orientation (Patient)'
        : 'Pixel Spacing';
    return {
      code: 'no-geometry',
      reason: `It does not say where the image lies in the patient: ${missing} is absent or invalid.`,
    };
  }
  return null;
}

function volumesOfSeries(files: readonly HeaderOfFile[], leftOut: LeftOutFile[]): VolumePlan[] {
  const candidates = files.flatMap((file, order) =>
    (file.image?.frames ?? []).map((frame): Candidate => ({
      file,
      order,
      // `refuse` has let only placed frames through.
      frame: frame as PlacedFrame,
      size: frame.tile ? [frame.tile[2], frame.tile[3]] : [file.image?.columns ?? 0, file.image?.rows ?? 0],
    })),
  );
  return divide(candidates).flatMap((part) => {
    const plan = planOf(part);
    if (plan) return [plan];
    for (const path of new Set(part.frames.map((c) => c.file.path)))
      leftOut.push({ path, code: 'no-geometry', reason: part.refusal ?? 'Its slices cannot be placed.' });
    return [];
  });
}

/** The plan of one part, or null where its slices cannot be placed at all. */
function planOf(part: Part): VolumePlan | null {
  if (part.refusal) return null;
  const { frames } = part;
  const head = frames[0].file;
  const image = head.image as ImageHeader;
  const stack = judgeStack(
    frames.map((c) => c.frame),
    frames[0].size,
  );
  if (stack.kind === 'unplaceable') {
    part.refusal = stack.reason;
    return null;
  }
  const warnings = [...part.warnings];
  if (stack.kind === 'regular') warnings.push(...stack.warnings);
  else
    warnings.push(`${stack.reason} The volume is not shown as it is; it can be resampled to a regular grid.`);
  if (image.photometric === 'MONOCHROME1')
    warnings.push('The file asks for low values to be shown bright (MONOCHROME1); voxels are as stored.');
  const frame = frames[0].frame;
  if (head.modality === 'CT' && !frames.every((c) => c.frame.rescaled))
    warnings.push(
      'The files do not say how their values become Hounsfield units (Rescale Slope and Intercept are absent); they are shown as stored.',
    );
  const lossy = frames.find((c) => c.file.image?.lossy)?.file.image?.lossy;
  const key = createHash('sha256')
    .update(head.series.uid)
    .update(
      frames
        .map(
          (c) => `|${c.file.sopInstanceUid || c.file.path}#${c.frame.stored}${c.frame.tile?.join(',') ?? ''}`,
        )
        .join(''),
    )
    .digest('hex')
    .slice(0, 32);
  const pet = head.pet;
  return {
    key,
    patientId: head.patient.id,
    patientName: head.patient.name,
    birthDate: head.patient.birthDate,
    sex: head.patient.sex,
    studyUid: head.study.uid,
    studyId: head.study.id,
    studyDate: head.study.date,
    studyTime: head.study.time,
    studyDescription: head.study.description,
    accessionNumber: head.study.accessionNumber,
    seriesUid: head.series.uid,
    seriesNumber: head.series.number,
    modality: head.modality || 'OT',
    manufacturer: head.manufacturer,
    description: [head.series.description || head.series.protocol || head.modality, ...part.labels]
      .filter((s) => s !== '')
      .join(' · '),
    bodyPart: head.series.bodyPart,
    frameOfReference: head.frameOfReference,
    patientPosition: head.patientPosition,
    geometry: stack.kind === 'regular' ? stack.geometry : null,
    irregular: stack.kind === 'irregular' ? stack : null,
    usable: stack.kind === 'regular',
    warnings,
    unit: unitOf(head, frame),
    ...(lossy ? { lossy } : {}),
    suv: pet ? suvVerdict(frames.map((c) => c.file.pet ?? pet)) : null,
    window: image.windows[0] ?? null,
    frames: frames.map(({ file, frame }) => ({
      path: file.path,
      frame: frame.stored,
      ...(frame.tile ? { tile: frame.tile } : {}),
      sopClassUid: file.sopClassUid,
      sopInstanceUid: file.sopInstanceUid,
      instanceNumber: file.instanceNumber,
      position: patientPoint(...frame.position),
      slope: frame.slope,
      intercept: frame.intercept,
    })),
  };
}

/** What rescaled voxels mean. CT without a rescale type is in HU (PS3.3 C.8.2.1.1.2), other modalities say. */
function unitOf(h: DicomHeader, { rescaled, rescaleType }: FrameHeader): VoxelUnit {
  if (h.modality === 'CT') return rescaled && (rescaleType === '' || rescaleType === 'HU') ? 'HU' : 'stored';
  if (h.modality !== 'PT' || !h.pet) return 'stored';
  switch (h.pet.units) {
    case 'BQML':
      return 'Bq/ml';
    case 'GML':
      return gramsUnit(h.pet.suvType);
    case 'CM2ML':
      return 'SUVbsa';
    case 'CNTS':
      return 'counts';
    default:
      return 'stored';
  }
}

/** g/ml is SUV by body weight unless SUV Type names lean body mass, or something that we have no word for. */
function gramsUnit(suvType: string): VoxelUnit {
  if (suvType === '' || suvType === 'BW') return 'SUVbw';
  return suvType.startsWith('LBM') ? 'SUVlbm' : 'stored';
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
