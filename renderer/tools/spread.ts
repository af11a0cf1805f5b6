import { flipsToPlane } from '../../main/imaging/mask/copy-slice';
import { fillPolygon } from '../../main/imaging/mask/fill-polygon';
import { probabilityOf } from '../../main/imaging/mask/spread/probability';
import type { SpreadInput, SpreadResult } from '../../main/imaging/mask/spread/spread';
import type { PatientPoint, VolumeGeometry } from '../../main/imaging/space/geometry';
import { t } from '../i18n/message.svelte';
import { annotation, type SegmentRow } from '../state/annotation.svelte';
import { sentenceOf } from '../state/failure';
import { flipsTogether } from '../state/masks';
import { proposal } from '../state/proposal.svelte';
import { spread } from '../state/spread.svelte';
import { toolSettings } from '../state/tool-settings.svelte';
import { views } from '../state/views.svelte';
import { volume, type LoadedVolume } from '../state/volume.svelte';
import type { SpreadAnswer } from './spread-worker';
import { editableSegment, placeName, reviewedBy } from './target';
import type { ViewId } from '../viewer/viewer';

/** mm to either side that a contour is carried at most, and slices at least and at most. */
const reachMm = 20;
const fewest = 3;
const most = 20;

/** The slices that hold a person's work on the segment: judged, or with something of it on them. */
function closedSlices(mask: Uint8Array, g: VolumeGeometry, from: number, to: number): number[] {
  const perSlice = g.size[0] * g.size[1];
  const all = Array.from({ length: to - from + 1 }, (_, n) => from + n);
  return all.filter(
    (k) => annotation.reviewed.has(k) || mask.subarray(k * perSlice, (k + 1) * perSlice).includes(1),
  );
}

/** What the model that proposed says of slices [from, to]; null where it has proposed nothing of this name. */
async function modelSays(row: SegmentRow, from: number, to: number): Promise<Float32Array | null> {
  const { current } = proposal;
  const proposed = proposal.segments.find((s) => s.name === row.info.name);
  if (!current || !proposed || current.uncertaintyUrl === null || !annotation.geometry) return null;
  const perSlice = annotation.geometry.size[0] * annotation.geometry.size[1];
  const response = await fetch(current.uncertaintyUrl);
  const uncertainty = new Uint8Array(await response.arrayBuffer());
  if (!response.ok || uncertainty.length !== proposed.suggested.length) return null;
  return probabilityOf(
    proposed.suggested.subarray(from * perSlice, (to + 1) * perSlice),
    uncertainty.subarray(from * perSlice, (to + 1) * perSlice),
  );
}

/** Has slices [from, to] worked on by a worker; slice numbers of the answer count from 0. */
function inWorker(input: SpreadInput): Promise<SpreadResult> {
  const worker = new Worker(new URL('./spread-worker.ts', import.meta.url), { type: 'module' });
  const answer = new Promise<SpreadResult>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<SpreadAnswer>) =>
      'result' in data ? resolve(data.result) : reject(new Error(data.failed));
    worker.onerror = () => reject(new Error(t('spread.failed')));
  });
  worker.postMessage(input);
  return answer.finally(() => worker.terminate());
}

/** Carries the contour of the scanned slice shown to its neighbours, and offers it there. */
export async function spreadFromHere(): Promise<void> {
  const row = editableSegment();
  const loaded = volume.current;
  const { geometry } = annotation;
  const slice = views.scanSlice();
  if (!row || !loaded || !geometry || spread.busy) return;
  if (slice === null) return toolSettings.say(t('operation.needsScanAxis'));
  const perSlice = geometry.size[0] * geometry.size[1];
  const mask = annotation.masks.of(row.info.id);
  if (!mask.subarray(slice * perSlice, (slice + 1) * perSlice).includes(1))
    return toolSettings.say(t('spread.nothingHere', { name: row.info.name }));
  spread.busy = true;
  try {
    const found = await carried(loaded, row, slice, mask, geometry);
    // Another scan was opened, or the segment removed meanwhile.
    if (volume.current !== loaded || !annotation.masks.has(row.info.id)) return;
    if (found.planes.size === 0) toolSettings.say(t('spread.noWay'));
    else {
      spread.offer(found);
      annotation.hidden = false;
    }
  } catch (failure) {
    toolSettings.say(sentenceOf(failure));
  } finally {
    spread.busy = false;
  }
}

async function carried(
  loaded: LoadedVolume,
  row: SegmentRow,
  slice: number,
  mask: Uint8Array,
  geometry: VolumeGeometry,
): Promise<NonNullable<typeof spread.current>> {
  const reach = Math.min(most, Math.max(fewest, Math.round(reachMm / geometry.spacing[2])));
  const from = Math.max(0, slice - reach);
  const to = Math.min(geometry.size[2] - 1, slice + reach);
  const perSlice = geometry.size[0] * geometry.size[1];
  const closed = closedSlices(mask, geometry, from, to);
  const probability = await modelSays(row, from, to);
  const result = await inWorker({
    voxels: loaded.voxels.slice(from * perSlice, (to + 1) * perSlice),
    geometry: { ...geometry, size: [geometry.size[0], geometry.size[1], to - from + 1] },
    mask: mask.slice(from * perSlice, (to + 1) * perSlice),
    slice: slice - from,
    reach,
    closed: new Set(closed.map((k) => k - from)),
    probability,
  });
  const model = proposal.current;
  return {
    segmentId: row.info.id,
    from: slice,
    planes: new Map(result.slices.map((s) => [s.slice + from, s.plane])),
    ends: result.ends,
    model: result.withModel && model ? { id: model.modelId, name: model.modelName } : null,
  };
}

/** Takes over what is offered on some slices: one undo step, and the slices are judged. */
function take(slices: readonly number[], name: string): void {
  const { current } = spread;
  const { geometry } = annotation;
  if (!current || !geometry || slices.length === 0) return;
  if (!editable(current.segmentId)) return;
  const mask = annotation.masks.of(current.segmentId);
  annotation.change({
    name,
    segmentId: current.segmentId,
    flips: flipsTogether(
      slices.map((k) => flipsToPlane(mask, geometry, 2, k, current.planes.get(k) ?? new Uint8Array(0))),
    ),
    reviewedSlices: slices,
    ...(current.model ? { modelId: current.model.id } : {}),
  });
}

/** False, with a hint, where the segment is locked. */
function editable(id: string): boolean {
  const row = annotation.segments.find((s) => s.info.id === id);
  if (row?.info.locked) toolSettings.say(t('tool.locked', { name: row.info.name }));
  return row !== undefined && !row.info.locked;
}

export const acceptSpread = (): void =>
  take(spread.slices, t('undo.acceptSpread', { n: spread.slices.length, name: spread.row?.info.name ?? '' }));

export function acceptSpreadSlice(k: number): void {
  if (spread.slices.includes(k))
    take([k], t('undo.acceptSlice', { slice: k + 1, name: spread.row?.info.name ?? '' }));
}

/** Takes over the part of what is offered that lies inside a line, on the slice shown. Nothing drawn is removed. */
export function acceptSpreadInside(view: ViewId, points: readonly PatientPoint[]): void {
  const { current } = spread;
  const offered = spread.drawn();
  const plane = views.viewer.plane(view);
  const { geometry } = annotation;
  if (!current || !offered || !plane || !geometry || !editable(current.segmentId)) return;
  annotation.change({
    name: t('undo.acceptLasso', { place: placeName(view) }),
    segmentId: current.segmentId,
    flips: fillPolygon(
      annotation.masks.of(current.segmentId),
      geometry,
      points,
      plane.normal,
      1,
      (offset) => offered.mask[offset] === 1,
    ),
    reviewedSlices: reviewedBy(view),
    ...(current.model ? { modelId: current.model.id } : {}),
  });
}
