import { voxelCount, type VolumeGeometry } from '../space/geometry';

/** How a segment came to be; DICOM's ROI Generation Algorithm and Segment Algorithm Type. */
export type Generation = 'MANUAL' | 'SEMIAUTOMATIC' | 'AUTOMATIC';

/** A coded concept, e.g. SNOMED CT ("SCT"). */
export interface Code {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** One structure of a label map. Segments may overlap, so each carries a mask of its own. */
export interface Segment {
  readonly id: string;
  readonly name: string;
  /** sRGB, 0 to 255. */
  readonly color: readonly [number, number, number];
  readonly generation: Generation;
  readonly code?: Code;
  readonly description?: string;
  /** 0 or 1 a voxel, i fastest; same length as the grid of the label map. */
  readonly mask: Uint8Array;
}

/** Segments on the grid that they were drawn on. The grid always travels with the masks. */
export interface LabelMap {
  readonly geometry: VolumeGeometry;
  readonly segments: readonly Segment[];
}

/** @throws RangeError if a mask does not fit the grid. */
export function assertFits(map: LabelMap): void {
  const n = voxelCount(map.geometry);
  for (const s of map.segments)
    if (s.mask.length !== n)
      throw new RangeError(`Segment "${s.name}" has ${s.mask.length} voxels, its grid ${n}.`);
}
