import { ImagingError } from '../error';
import type { Element } from './dataset';
import type { DicomFile } from './file';
import { limits } from './limits';
import { Tag } from './tags';

/**
 * The compressed bytes of each frame (PS3.5, A.4). One fragment a frame, or fragments joined by the basic offset
 * table; without a table and with more fragments than frames, frames begin where a code stream begins.
 * @returns a function of the frame number, from 0.
 */
export function encapsulatedFrames(
  { bytes }: DicomFile,
  pixels: Element,
  frames: number,
): (n: number) => Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fragments: { readonly at: number; readonly data: Uint8Array }[] = [];
  let table: number[] = [];
  let first = -1;
  for (let at = pixels.offset, n = 0; at + 8 <= bytes.length; n++) {
    if (n > limits.elements) throw new ImagingError('over-limit', 'The pixel data have too many fragments.');
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (tag === Tag.sequenceDelimitation) break;
    if (tag !== Tag.item) throw new ImagingError('malformed', 'The pixel data are not a row of fragments.');
    if (at + 8 + length > bytes.length)
      throw new ImagingError(
        'truncated',
        'The pixel data end in the middle of a frame; the file is incomplete.',
      );
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (n === 0) {
      table = Array.from({ length: Math.floor(length / 4) }, (_, i) => view.getUint32(at + 8 + 4 * i, true));
      first = at + 8 + length;
    } else fragments.push({ at: at - first, data });
    at += 8 + length;
  }
  if (fragments.length < frames)
    throw new ImagingError(
      'truncated',
      `The file announces ${frames} frames but holds ${fragments.length}; it is incomplete.`,
    );
  const starts = firstFragments(fragments, table, frames);
  return (n) => {
    const part = fragments.slice(starts[n], starts[n + 1] ?? fragments.length).map((f) => f.data);
    return part.length === 1 ? part[0] : Buffer.concat(part);
  };
}

/** Index of the first fragment of each frame. */
function firstFragments(
  fragments: readonly { readonly at: number; readonly data: Uint8Array }[],
  table: readonly number[],
  frames: number,
): number[] {
  if (frames === 1) return [0];
  if (fragments.length === frames) return fragments.map((_, n) => n);
  if (table.length === frames) {
    const starts = table.map((offset) => fragments.findIndex((f) => f.at === offset));
    if (starts.every((s, n) => s >= 0 && (n === 0 || s > starts[n - 1]))) return starts;
  }
  const marks = fragments.flatMap((f, n) => (startsCodeStream(f.data) ? [n] : []));
  if (marks.length === frames && marks[0] === 0) return marks;
  throw new ImagingError('malformed', 'The file does not say which fragments belong to which frame.');
}

/** SOI of the JPEG family, or SOC of JPEG 2000. */
const startsCodeStream = (b: Uint8Array): boolean =>
  (b[0] === 0xff && b[1] === 0xd8) || (b[0] === 0xff && b[1] === 0x4f && b[2] === 0xff && b[3] === 0x51);
