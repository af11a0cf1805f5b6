/** What the journal of a case says: who did what, when. Masks are packed runs behind a JSON head. */
import type { Edit, SegmentInfo, VolumeId } from '../../preload/api';
import type { VolumeGeometry } from '../imaging/space/geometry';
import { packRuns, unpackRuns } from './packing';

export const RECORD = { begin: 1, edit: 2, move: 3, accept: 4, reopen: 5 } as const;

/** Who and when; `at` is ISO 8601, UTC. */
export interface Signed {
  readonly at: string;
  readonly by: string;
  /** Version of the application; records of versions before 0.1 lack it. */
  readonly version?: string;
}

/** The first record: whose masks these are, and what an earlier journal that was lost had led to. */
export interface Beginning extends Signed {
  readonly volumeId: VolumeId;
  readonly geometry: VolumeGeometry;
  readonly segments: readonly { readonly info: SegmentInfo }[];
  readonly reviewedSlices: readonly number[];
  readonly accepted: boolean;
}

/** An edit made with `position` entries applied. */
export interface EditHead extends Signed {
  readonly position: number;
  readonly edit: Edit;
  /** For a removed segment, where it stood among the others. */
  readonly index?: number;
}

export interface MoveHead extends Signed {
  readonly to: number;
}

function frame(head: unknown, packed: Uint8Array): Uint8Array {
  const json = Buffer.from(JSON.stringify(head), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, packed]);
}

function unframe(payload: Uint8Array): { head: unknown; packed: Uint8Array } {
  const length = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, true);
  return {
    head: JSON.parse(Buffer.from(payload.subarray(4, 4 + length)).toString('utf8')) as unknown,
    packed: payload.subarray(4 + length),
  };
}

const NO_RUNS = new Uint32Array(0);

/** The runs of an edit; describing a segment changes none. */
const runsOf = (edit: Edit): Uint32Array =>
  edit.kind === 'flip' ? edit.flips : edit.kind === 'describe-segment' ? NO_RUNS : edit.mask;

export async function encodeEdit({ edit, ...signed }: EditHead): Promise<Uint8Array> {
  const bare = edit.kind === 'flip' ? { ...edit, flips: 0 } : 'mask' in edit ? { ...edit, mask: 0 } : edit;
  return frame({ ...signed, edit: bare }, await packRuns(runsOf(edit)));
}

/** Inverse of {@link encodeEdit}. @throws Error where the payload is none */
export async function decodeEdit(payload: Uint8Array): Promise<EditHead> {
  const { head, packed } = unframe(payload);
  const { edit, ...signed } = head as EditHead;
  const runs = await unpackRuns(packed);
  const whole: Edit =
    edit.kind === 'flip'
      ? { ...edit, flips: runs }
      : edit.kind === 'describe-segment'
        ? edit
        : { ...edit, mask: runs };
  return { ...signed, edit: whole };
}

export const encodeHead = (head: Beginning | MoveHead | Signed): Uint8Array => frame(head, new Uint8Array(0));

export const decodeHead = <T extends Beginning | MoveHead | Signed | Omit<EditHead, 'runs'>>(
  payload: Uint8Array,
): T => unframe(payload).head as T;

/** The first record may carry masks, one after another: [count, (length, packed)…]. */
export async function encodeBeginning(head: Beginning, masks: readonly Uint32Array[]): Promise<Uint8Array> {
  const packed = await Promise.all(masks.map(packRuns));
  const lengths = Buffer.alloc(4 * packed.length);
  for (const [n, p] of packed.entries()) lengths.writeUInt32LE(p.length, 4 * n);
  return frame(head, Buffer.concat([lengths, ...packed]));
}

export async function decodeBeginning(
  payload: Uint8Array,
): Promise<{ head: Beginning; masks: Uint32Array[] }> {
  const { head: parsed, packed } = unframe(payload);
  const head = parsed as Beginning;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const masks: Uint32Array[] = [];
  let at = 4 * head.segments.length;
  for (let n = 0; n < head.segments.length; n++) {
    const length = view.getUint32(4 * n, true);
    masks.push(await unpackRuns(packed.subarray(at, at + length)));
    at += length;
  }
  return { head, masks };
}
