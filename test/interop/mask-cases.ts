import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDicomHeader } from '../../main/imaging';
import { exportLabelMap } from '../../main/imaging/exchange/export-label-map';
import { importMasks } from '../../main/imaging/exchange/import-masks';
import { sourceSeriesOf, type SourceSeries } from '../../main/imaging/dicom/source-series';
import { uidFrom } from '../../main/imaging/dicom/uid';
import { writeImageSlice, type ImageSeries } from '../../main/imaging/dicom/write-image';
import type { LabelMap, Segment } from '../../main/imaging/mask/label-map';
import { segmentsOverlap } from '../../main/imaging/seg/frames';
import { writeSeg } from '../../main/imaging/seg/write';
import { toPatient, voxelCount, voxelIndex, type VolumeGeometry } from '../../main/imaging/space/geometry';
import { dataPath } from '../data';
import { realSeries } from '../imaging/archive';
import { obliqueGrid, straightGrid } from '../imaging/grids';
import { segment, writer } from '../imaging/source';

/** Masks on a scan that stands in a folder as DICOM. */
export interface MaskCase {
  readonly name: string;
  /** Folder of the scan's files, and nothing else. */
  readonly scan: string;
  readonly source: SourceSeries;
  readonly map: LabelMap;
  /** rt-utils takes row for column spacing, so it can be asked only where they are equal. */
  readonly rtUtils: boolean;
}

/** What `read_masks.py` is asked to read. */
export interface Job {
  readonly case: string;
  readonly scan: string;
  readonly work: string;
  readonly rtstruct: string;
  readonly seg: string;
  readonly labelmap: string | null;
  readonly nifti: Record<string, string>;
  readonly geometry: VolumeGeometry;
  readonly segments: { name: string; raw: string }[];
  readonly rtUtils: boolean;
}

/** The tumours of the soft-tissue sarcoma archive on their own scans. */
export async function realCases(): Promise<MaskCase[]> {
  const cases: MaskCase[] = [];
  for (const patient of ['STS_008', 'STS_025'])
    for (const modality of ['CT', 'PET', 'MR_T1']) {
      const scan = realSeries('sts', patient, modality);
      const target = { geometry: scan.geometry, frameOfReference: scan.plan.frameOfReference };
      const bytes = readFileSync(dataPath('archive', 'sts', patient, `${modality}_RTSTRUCT.dcm`));
      const { segments } = await importMasks(bytes, target);
      cases.push({
        name: `${patient} ${modality}`,
        scan: scan.folder,
        source: scan.source,
        map: { geometry: scan.geometry, segments },
        rtUtils: true,
      });
    }
  return cases;
}

/** Masks that others get wrong, on straight, oblique, left-handed and anisotropic grids; scans go into `folder`. */
export function adversarialCases(folder: string): MaskCase[] {
  const grids: Record<string, VolumeGeometry> = {
    straight: straightGrid([48, 48, 10], [0.9, 0.9, 3], [-20.5, 31.25, -101]),
    oblique: obliqueGrid([48, 48, 10]),
    'oblique, left-handed': obliqueGrid([48, 48, 10], [0.8, 0.8, 2.5], true),
    'more columns than rows': straightGrid([56, 40, 8], [0.7, 0.7, 4], [3, -91.5, 12]),
    'uneven pixels': obliqueGrid([56, 40, 8], [0.7, 1.1, 4]),
  };
  return Object.entries(grids).map(([name, geometry]) => {
    const scan = join(folder, name.replaceAll(/\W+/g, '-'));
    const source = writeScan(scan, geometry);
    const even = geometry.spacing[0] === geometry.spacing[1];
    return { name, scan, source, map: { geometry, segments: adversarialSegments(geometry) }, rtUtils: even };
  });
}

function adversarialSegments(g: VolumeGeometry): Segment[] {
  const [nx, ny, nz] = g.size;
  const drawn = (name: string, rule: (i: number, j: number, k: number) => boolean): Segment =>
    segment(
      name,
      new Uint8Array(voxelCount(g)).map((_, v) =>
        rule(v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))) ? 1 : 0,
      ),
    );
  const square = (i: number, j: number): number => Math.max(Math.abs(i - 20), Math.abs(j - 20));
  const round = (i: number, j: number): number =>
    Math.hypot((i - 20) * g.spacing[0], (j - 20) * g.spacing[1]);
  const inner = (k: number): boolean => k > 1 && k < nz - 2;
  return [
    drawn('ball', (i, j, k) => Math.hypot(round(i, j), (k - nz / 2) * g.spacing[2]) <= 11),
    drawn('tube', (i, j, k) => inner(k) && round(i, j) <= 12 && round(i, j) >= 5),
    drawn('rings', (i, j, k) => inner(k) && square(i, j) < 16 && square(i, j) % 4 < 2),
    drawn('voxel', (i, j, k) => i === 30 && j === 11 && k === 3),
    drawn('border', (i, j) => i === 0 || j === 0 || i === nx - 1 || j === ny - 1),
    drawn('checkerboard', (i, j, k) => k === 4 && i > 9 && i < 20 && j > 9 && j < 20 && (i + j) % 2 === 0),
    drawn('everything', () => true),
  ];
}

/** A CT series of noise on the grid, one file a slice, in slice order. */
function writeScan(folder: string, g: VolumeGeometry): SourceSeries {
  mkdirSync(folder, { recursive: true });
  const series: ImageSeries = {
    modality: 'CT',
    patient: { id: 'P-17', name: 'Phantom^Seventeen' },
    study: {
      uid: uidFrom(`${folder} study`),
      id: '1',
      description: 'Phantom',
      date: '20260102',
      time: '101112',
    },
    series: { uid: uidFrom(`${folder} series`), number: 2, description: 'Phantom CT' },
    frameOfReference: uidFrom(`${folder} frame`),
    size: [g.size[0], g.size[1]],
    pixelSpacing: [g.spacing[0], g.spacing[1]],
    sliceSpacing: g.spacing[2],
    rowDirection: g.axes[0],
    columnDirection: g.axes[1],
    numberOfSlices: g.size[2],
  };
  const headers = Array.from({ length: g.size[2] }, (_, k) => {
    const bytes = writeImageSlice(series, {
      sopInstanceUid: uidFrom(`${folder} slice ${k}`),
      instanceNumber: k + 1,
      position: toPatient(g, voxelIndex(0, 0, k)),
      stored: Int16Array.from({ length: g.size[0] * g.size[1] }, (_, p) => ((p * 7919 + k) % 2000) - 1000),
      slope: 1,
      intercept: 0,
    });
    writeFileSync(join(folder, `${k}.dcm`), bytes);
    return readDicomHeader(bytes);
  });
  return sourceSeriesOf(headers);
}

/** Exports a case in every format into `folder`, with the masks as they are beside them. */
export function exported(mask: MaskCase, folder: string): Job {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const { files, warnings } = exportLabelMap(mask.map, mask.source, {
    formats: ['rtstruct', 'seg', 'nifti'],
    writer,
  });
  if (warnings.length > 0) throw new Error(`${mask.name}: ${warnings.join(' ')}`);
  const paths = files.map((file) => write(file.name, file.bytes));
  const { segments } = mask.map;
  return {
    case: mask.name,
    scan: mask.scan,
    work: folder,
    rtstruct: paths[0],
    seg: paths[1],
    labelmap: segmentsOverlap(mask.map)
      ? null
      : write('LABELMAP.dcm', writeSeg(mask.map, mask.source, { writer, kind: 'labelmap' }).bytes),
    nifti: Object.fromEntries(segments.map((s, n) => [s.name, paths[n + 2]])),
    geometry: mask.map.geometry,
    segments: segments.map((s, n) => ({ name: s.name, raw: write(`truth-${n}.raw`, s.mask) })),
    rtUtils: mask.rtUtils,
  };
}
