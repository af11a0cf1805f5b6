/**
 * A file that is either whole and true or not there: a description (JSON) and masks, under one checksum.
 *
 * "AMLS", version u8, 0 u8 × 3, length of the JSON u32, number of blobs u32, length of each u32 (little-endian), JSON,
 * blobs, SHA-256 of all before.
 */
import { createHash } from 'node:crypto';

const MAGIC = 0x534c4d41; // "AMLS"
const VERSION = 1;
const HEADER = 16;
const CHECK = 32;

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export function seal(description: unknown, blobs: readonly Uint8Array[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(description), 'utf8');
  const header = new Uint8Array(HEADER + 4 * blobs.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint32(8, json.length, true);
  view.setUint32(12, blobs.length, true);
  for (const [n, blob] of blobs.entries()) view.setUint32(HEADER + 4 * n, blob.length, true);
  const body = Buffer.concat([header, json, ...blobs]);
  return Buffer.concat([body, sha256(body)]);
}

/** Null where the bytes are damaged, or another version. */
export function unseal(bytes: Uint8Array): { description: unknown; blobs: Uint8Array[] } | null {
  if (bytes.length < HEADER + CHECK) return null;
  const body = bytes.subarray(0, bytes.length - CHECK);
  if (Buffer.compare(sha256(body), bytes.subarray(body.length)) !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== VERSION) return null;
  const jsonLength = view.getUint32(8, true);
  const count = view.getUint32(12, true);
  let at = HEADER + 4 * count;
  if (at + jsonLength > body.length) return null;
  const json = body.subarray(at, at + jsonLength);
  at += jsonLength;
  const blobs: Uint8Array[] = [];
  for (let n = 0; n < count; n++) {
    const length = view.getUint32(HEADER + 4 * n, true);
    if (at + length > body.length) return null;
    blobs.push(body.subarray(at, at + length));
    at += length;
  }
  return { description: JSON.parse(Buffer.from(json).toString('utf8')) as unknown, blobs };
}
