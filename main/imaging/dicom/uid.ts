import { createHash, randomBytes } from 'node:crypto';

/** Identifies this writer in the files it makes (PS3.10 7.1). */
export const IMPLEMENTATION_CLASS_UID = '2.25.101364087212853190563473216571423698741';
export const IMPLEMENTATION_VERSION = 'AMLP_STUDIO_1';

/** A UID under the UUID root 2.25 (PS3.5 B.2) from 16 bytes, with the version and variant bits of a UUID. */
function fromBytes(bytes: Uint8Array, version: 4 | 5): string {
  let value = 0n;
  for (let i = 0; i < 16; i++) {
    let byte = bytes[i];
    if (i === 6) byte = (byte & 0x0f) | (version << 4);
    if (i === 8) byte = (byte & 0x3f) | 0x80;
    value = (value << 8n) | BigInt(byte);
  }
  return `2.25.${value}`;
}

/** A new, globally unique UID. */
export const newUid = (): string => fromBytes(randomBytes(16), 4);

/** The same UID for the same text, always: for what has to be repeatable, e.g. generated scans. */
export const uidFrom = (text: string): string => fromBytes(createHash('sha256').update(text).digest(), 5);
