import { ImagingError } from '../error';
import type { DataSet } from './dataset';
import { siemensMosaic, uihGrid, type TiledSlices } from './mosaic';
import { Tag } from './tags';

type Triple = readonly [number, number, number];

/** Attributes that tell apart slices at the same place: the keys by which a series is divided into volumes. */
export interface FrameKeys {
  readonly stack?: string;
  readonly imageType?: string;
  readonly component?: string;
  readonly echo?: number;
  readonly inversion?: number;
  readonly bValue?: number;
  readonly direction?: string;
  readonly temporal?: number;
  readonly trigger?: number;
  readonly frameTime?: number;
  readonly kernel?: string;
  readonly kvp?: number;
  readonly acquisition?: number;
  readonly acquisitionTime?: string;
}

/** One slice of a file. */
export interface FrameHeader {
  /** Stored frame that holds it, from 0. */
  readonly stored: number;
  /** Where it lies in a mosaic's frame: first column, first row, columns and rows of the tile. */
  readonly tile?: readonly [column: number, row: number, columns: number, rows: number];
  /** Centre of the first voxel, LPS mm (Image Position (Patient)). */
  readonly position: Triple | null;
  /** Direction cosines of a row (towards higher columns) and of a column (PS3.3 C.7.6.2.1.1). */
  readonly orientation: readonly [Triple, Triple] | null;
  /** Distance between columns (along a row) and between rows, mm. DICOM's Pixel Spacing names them the other way. */
  readonly spacing: readonly [number, number] | null;
  readonly thickness: number | null;
  readonly spacingBetween: number | null;
  /** Modality rescale (PS3.3 C.11.1): value = stored × slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** Whether the file says so; without it slope and intercept are 1 and 0. */
  readonly rescaled: boolean;
  readonly rescaleType: string;
  readonly keys: FrameKeys;
}

/** Reads the slices of an image, single-frame, enhanced multi-frame or mosaic. */
export function framesOf(
  d: DataSet,
  shape: { readonly rows: number; readonly columns: number; readonly storedFrames: number },
): FrameHeader[] {
  const perFrame = d.items(Tag.perFrameFunctionalGroups);
  const shared = d.items(Tag.sharedFunctionalGroups)[0];
  if (perFrame.length > 0 || shared) {
    if (perFrame.length > 0 && perFrame.length !== shape.storedFrames)
      throw new ImagingError(
        'malformed',
        `The file announces ${shape.storedFrames} frames but describes ${perFrame.length}.`,
      );
    const common = groupsOf(d, shared);
    return Array.from({ length: shape.storedFrames }, (_, stored) =>
      enhancedFrame(common, perFrame[stored], stored),
    );
  }
  const single = plainFrame(d);
  if (shape.storedFrames > 1)
    // Multi-frame without functional groups (secondary capture, NM): nothing says where the frames lie.
    return Array.from({ length: shape.storedFrames }, (_, stored) => ({ ...single, stored, position: null }));
  const tiles = siemensMosaic(d, shape, single) ?? uihGrid(d, shape);
  return tiles ? tiled(single, tiles, shape) : [single];
}

function tiled(
  single: FrameHeader,
  tiles: TiledSlices,
  shape: { rows: number; columns: number },
): FrameHeader[] {
  const columns = shape.columns / tiles.across;
  const rows = shape.rows / tiles.down;
  return tiles.positions.map((position, n) => ({
    ...single,
    position,
    orientation: single.orientation,
    spacingBetween: tiles.spacing ?? single.spacingBetween,
    tile: [(n % tiles.across) * columns, Math.floor(n / tiles.across) * rows, columns, rows] as const,
  }));
}

/** The attributes of a single-frame image, or those that the top level of a multi-frame file adds. */
function plainFrame(d: DataSet): FrameHeader {
  return {
    stored: 0,
    position: triple(d.numbers(Tag.imagePosition, 'DS')),
    orientation: orientationOf(d),
    spacing: spacingOf(d),
    thickness: positive(d.number(Tag.sliceThickness, 'DS')),
    spacingBetween: positive(d.number(Tag.spacingBetweenSlices, 'DS')),
    slope: slopeOf(d) ?? 1,
    intercept: d.number(Tag.rescaleIntercept, 'DS') ?? 0,
    rescaled: d.has(Tag.rescaleSlope) || d.has(Tag.rescaleIntercept),
    rescaleType: d.string(Tag.rescaleType),
    keys: dense({
      imageType: d.strings(Tag.imageType).slice(2).join('\\') || undefined,
      component: d.string(Tag.complexComponent) || undefined,
      echo: d.number(Tag.echoTime, 'DS') ?? d.number(Tag.echoNumber, 'IS') ?? undefined,
      inversion: d.number(Tag.inversionTime, 'DS') ?? undefined,
      bValue: d.number(Tag.bValue, 'FD') ?? undefined,
      direction: d.numbers(Tag.diffusionOrientation, 'FD').join(' ') || undefined,
      temporal: d.number(Tag.temporalPosition, 'IS') ?? undefined,
      trigger: d.number(Tag.triggerTime, 'DS') ?? undefined,
      frameTime: d.number(Tag.frameReferenceTime, 'DS') ?? undefined,
      kernel: d.strings(Tag.convolutionKernel).join(' ') || undefined,
      kvp: d.number(Tag.kvp, 'DS') ?? undefined,
      acquisition: d.number(Tag.acquisitionNumber, 'IS') ?? undefined,
      acquisitionTime:
        d.string(Tag.acquisitionDateTime) ||
        d.string(Tag.acquisitionDate) + d.string(Tag.acquisitionTime) ||
        undefined,
    }),
  };
}

/** The functional group macros that reading uses (PS3.3 C.7.6.16.2), per frame or shared. */
function groupsOf(top: DataSet, shared: DataSet | undefined): FrameHeader {
  // The top level of an enhanced image carries no plane of its own, but legacy-converted ones do.
  const base = plainFrame(top);
  return shared ? overlay(base, shared) : base;
}

const enhancedFrame = (common: FrameHeader, item: DataSet | undefined, stored: number): FrameHeader => ({
  ...(item ? overlay(common, item) : common),
  stored,
});

/** `base` with what the functional groups of `item` say instead. */
function overlay(base: FrameHeader, item: DataSet): FrameHeader {
  const first = (tag: number): DataSet | undefined => item.items(tag)[0];
  const measures = first(Tag.pixelMeasuresSequence);
  const transform = first(Tag.pixelValueTransformationSequence);
  const plane = first(Tag.planePositionSequence);
  const orientation = first(Tag.planeOrientationSequence);
  const content = first(Tag.frameContentSequence);
  const echo = first(Tag.mrEchoSequence);
  const diffusion = first(Tag.mrDiffusionSequence);
  const cardiac = first(Tag.cardiacSequence);
  const type =
    first(Tag.mrImageFrameTypeSequence) ??
    first(Tag.ctImageFrameTypeSequence) ??
    first(Tag.petFrameTypeSequence);
  const k = base.keys;
  return {
    stored: base.stored,
    position: (plane && triple(plane.numbers(Tag.imagePosition, 'DS'))) ?? base.position,
    orientation: (orientation && orientationOf(orientation)) ?? base.orientation,
    spacing: (measures && spacingOf(measures)) ?? base.spacing,
    thickness: positive(measures?.number(Tag.sliceThickness, 'DS') ?? null) ?? base.thickness,
    spacingBetween: positive(measures?.number(Tag.spacingBetweenSlices, 'DS') ?? null) ?? base.spacingBetween,
    slope: (transform && slopeOf(transform)) ?? base.slope,
    intercept: transform?.number(Tag.rescaleIntercept, 'DS') ?? base.intercept,
    rescaled: transform !== undefined || base.rescaled,
    rescaleType: transform?.string(Tag.rescaleType) || base.rescaleType,
    keys: dense({
      ...k,
      stack: content?.string(Tag.stackId) || k.stack,
      imageType: type?.strings(Tag.frameType).slice(2).join('\\') || k.imageType,
      component: type?.string(Tag.complexComponent) || k.component,
      echo: echo?.number(Tag.effectiveEchoTime, 'FD') ?? k.echo,
      bValue: diffusion?.number(Tag.bValue, 'FD') ?? k.bValue,
      direction:
        diffusion
          ?.items(Tag.diffusionDirectionSequence)[0]
          ?.numbers(Tag.diffusionOrientation, 'FD')
          .join(' ') || k.direction,
      temporal: content?.number(Tag.temporalPositionIndex, 'UL') ?? k.temporal,
      trigger: cardiac?.number(Tag.nominalCardiacTriggerDelay, 'FD') ?? k.trigger,
      acquisitionTime: content?.string(Tag.frameAcquisitionDateTime) || k.acquisitionTime,
    }),
  };
}

function triple(values: readonly number[]): Triple | null {
  return values.length >= 3 && values.slice(0, 3).every((v) => Number.isFinite(v) && Math.abs(v) < 1e6)
    ? [values[0], values[1], values[2]]
    : null;
}

/** Row and column directions as unit vectors; null where they are absent or nowhere near perpendicular. */
function orientationOf(d: DataSet): readonly [Triple, Triple] | null {
  const v = d.numbers(Tag.imageOrientation, 'DS');
  const row = triple(v);
  const column = triple(v.slice(3));
  if (!row || !column) return null;
  const a = Math.hypot(...row);
  const b = Math.hypot(...column);
  if (Math.abs(a - 1) > 0.01 || Math.abs(b - 1) > 0.01) return null;
  const dot = (row[0] * column[0] + row[1] * column[1] + row[2] * column[2]) / (a * b);
  if (Math.abs(dot) > 0.01) return null;
  return [row.map((c) => c / a) as unknown as Triple, column.map((c) => c / b) as unknown as Triple];
}

function spacingOf(d: DataSet): readonly [number, number] | null {
  // Pixel Spacing: first between rows (down a column), then between columns (PS3.3 10.7.1.3).
  const [betweenRows, betweenColumns] = d.numbers(Tag.pixelSpacing, 'DS');
  return betweenRows > 0 && betweenColumns > 0 && Number.isFinite(betweenRows + betweenColumns)
    ? [betweenColumns, betweenRows]
    : null;
}

/** A slope of zero would erase the image; writers that put it mean "none". */
function slopeOf(d: DataSet): number | null {
  const slope = d.number(Tag.rescaleSlope, 'DS');
  return slope === 0 ? null : slope;
}

const positive = (value: number | null): number | null => (value !== null && value > 0 ? value : null);

/** The keys that have a value. */
function dense(keys: FrameKeys): FrameKeys {
  const out: Record<string, string | number> = {};
  for (const key in keys) {
    const value = keys[key as keyof FrameKeys];
    if (value !== undefined) out[key] = value;
  }
  return out;
}
