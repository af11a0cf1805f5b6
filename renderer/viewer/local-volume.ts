import { cache, metaData, utilities, volumeLoader, type Types } from '@cornerstonejs/core';
import type { VolumeGeometry } from '../../main/imaging/space/geometry';
import type { VoxelArray } from '../../main/imaging/volume';

/** What Cornerstone has to know of a volume to draw it. */
export interface DisplayVolume {
  readonly id: string;
  readonly geometry: VolumeGeometry;
  readonly voxels: VoxelArray;
  readonly frameOfReference: string;
  readonly range: { readonly min: number; readonly max: number };
}

/** The voxels that each cached volume is drawn from. */
const drawnFrom = new Map<string, VoxelArray>();
const metadata = new Map<string, Readonly<Record<string, unknown>>>();
metaData.addProvider((type: string, imageId: string) => metadata.get(imageId)?.[type], 10_000);

const cacheId = (id: string): string => `studio:${id}`;
const imageIdOf = (id: string, k: number): string => `studio-slice:${id}/${k}`;

type Drawable = Exclude<VoxelArray, Int32Array>;

/** Cornerstone has no 32-bit integers on its textures; as floats they lose nothing below 2²⁴. */
const drawableSlice = ({ voxels, geometry }: DisplayVolume, k: number): Drawable => {
  const length = geometry.size[0] * geometry.size[1];
  const slice = voxels.subarray(k * length, (k + 1) * length);
  return slice instanceof Int32Array ? Float32Array.from(slice) : slice;
};

/**
 * Puts a volume into Cornerstone's cache, one image a slice: its own `createLocalVolume` gives every slice one
 * position. Modality stays out of it on purpose: the voxels are in their final unit and nothing may rescale them.
 * @param from first slice that is there, `to` the first behind them; others follow by {@link addSlices}
 * @returns the volume id for a viewport.
 */
export function cacheVolume(volume: DisplayVolume, from = 0, to = volume.geometry.size[2]): string {
  const id = cacheId(volume.id);
  const { geometry, voxels } = volume;
  if (cache.getVolume(id)) {
    if (drawnFrom.get(id) === voxels) return id;
    // The same scan, read anew: what is there may be half of one that was left before it had come.
    dropVolume(volume);
  }
  drawnFrom.set(id, voxels);
  const [columns, rows, slices] = geometry.size;
  const [row, column, normal] = geometry.axes.map((axis) => [...axis] as Types.Point3);
  const [columnSpacing, rowSpacing, sliceSpacing] = geometry.spacing;
  const bits = voxels.BYTES_PER_ELEMENT * 8;
  // The type of the texture is told by these where no slice tells it yet.
  const signed = voxels instanceof Int16Array;
  const { min, max } = volume.range;
  const ids: string[] = [];
  for (let k = 0; k < slices; k++) {
    const imageId = imageIdOf(volume.id, k);
    ids.push(imageId);
    const position = geometry.origin.map((at, axis) => at + normal[axis] * sliceSpacing * k) as Types.Point3;
    metadata.set(imageId, {
      imagePlaneModule: {
        frameOfReferenceUID: volume.frameOfReference,
        rows,
        columns,
        imageOrientationPatient: [...row, ...column],
        rowCosines: row,
        columnCosines: column,
        imagePositionPatient: position,
        sliceThickness: sliceSpacing,
        spacingBetweenSlices: sliceSpacing,
        sliceLocation: position[2],
        pixelSpacing: [rowSpacing, columnSpacing],
        rowPixelSpacing: rowSpacing,
        columnPixelSpacing: columnSpacing,
        usingDefaultValues: false,
      },
      imagePixelModule: {
        samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2',
        rows,
        columns,
        bitsAllocated: bits,
        bitsStored: bits,
        highBit: bits - 1,
        pixelRepresentation: signed ? 1 : 0,
      },
      generalSeriesModule: { modality: 'OT', seriesInstanceUID: volume.id },
      voiLutModule: { windowCenter: [(min + max) / 2], windowWidth: [Math.max(1e-6, max - min)] },
      modalityLutModule: { rescaleSlope: 1, rescaleIntercept: 0 },
    });
  }
  putSlices(volume, from, to);
  volumeLoader.createAndCacheVolumeFromImagesSync(id, ids);
  return id;
}

/** Draws slices [from, to) of a cached volume from now on. Slices that are not there cost the texture nothing. */
export function addSlices(volume: DisplayVolume, from: number, to: number): void {
  const cached = cache.getVolume(cacheId(volume.id));
  if (!cached) return;
  putSlices(volume, from, to);
  const texture = cached.vtkOpenGLTexture as unknown as { setUpdatedFrame(frame: number): void };
  for (let k = from; k < to; k++) {
    // Cornerstone sorts slices along its own normal, which may run against ours.
    const frame = cached.getImageIdIndex(imageIdOf(volume.id, k));
    if (frame !== undefined) texture.setUpdatedFrame(frame);
  }
  cached.imageData?.modified();
}

function putSlices(volume: DisplayVolume, from: number, to: number): void {
  for (let k = from; k < to; k++) {
    const imageId = imageIdOf(volume.id, k);
    if (!cache.getImageLoadObject(imageId)) cache.putImageSync(imageId, sliceImage(imageId, volume, k));
  }
}

function sliceImage(imageId: string, volume: DisplayVolume, k: number): Types.IImage {
  const [width, height] = volume.geometry.size;
  const scalarData = drawableSlice(volume, k);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    width,
    height,
    numberOfComponents: 1,
    scalarData,
  });
  return {
    imageId,
    dataType: scalarData.constructor.name as Types.PixelDataTypedArrayString,
    numberOfComponents: 1,
    minPixelValue: volume.range.min,
    maxPixelValue: volume.range.max,
    slope: 1,
    intercept: 0,
    windowCenter: (volume.range.min + volume.range.max) / 2,
    windowWidth: Math.max(1e-6, volume.range.max - volume.range.min),
    voiLUTFunction: 'LINEAR' as Types.IImage['voiLUTFunction'],
    rows: height,
    columns: width,
    height,
    width,
    color: false,
    rgba: false,
    invert: false,
    columnPixelSpacing: volume.geometry.spacing[0],
    rowPixelSpacing: volume.geometry.spacing[1],
    sizeInBytes: scalarData.byteLength,
    photometricInterpretation: 'MONOCHROME2',
    isPreScaled: true,
    preScale: {
      enabled: true,
      scaled: true,
      scalingParameters: { modality: 'OT', rescaleSlope: 1, rescaleIntercept: 0 },
    },
    FrameOfReferenceUID: volume.frameOfReference,
    voxelManager,
    getPixelData: () => voxelManager.getScalarData(),
  } as unknown as Types.IImage;
}

/** Takes a volume and its slices out of the cache, so that memory follows what is open. */
export function dropVolume(volume: DisplayVolume): void {
  const id = cacheId(volume.id);
  drawnFrom.delete(id);
  if (cache.getVolume(id)) {
    // Cornerstone clears every slice of a volume and fails where one never came.
    putSlices(volume, 0, volume.geometry.size[2]);
    cache.removeVolumeLoadObject(id);
  }
  for (let k = 0; k < volume.geometry.size[2]; k++) {
    const imageId = imageIdOf(volume.id, k);
    if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId);
    metadata.delete(imageId);
  }
}
