/** Runs as bytes: gaps and lengths as variable-length integers (LEB128), then deflated (RFC 1951). */
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Flips } from '../imaging/mask/flips';

const deflate = promisify(deflateRaw);
const inflate = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflateRaw);

/** Longest packing before compression that we read back: 40 million runs. */
const LONGEST = 400 * 2 ** 20;

function varints(flips: Flips): Uint8Array {
  const bytes = new Uint8Array(flips.length * 5);
  let n = 0;
  let end = 0;
  const put = (value: number): void => {
    while (value >= 0x80) {
      bytes[n++] = (value & 0x7f) | 0x80;
      value = Math.floor(value / 128);
    }
    bytes[n++] = value;
  };
  for (let r = 0; r < flips.length; r += 2) {
    put(flips[r] - end);
    put(flips[r + 1]);
    end = flips[r] + flips[r + 1];
  }
  return bytes.subarray(0, n);
}

/** @param flips ascending, disjoint runs */
export const packRuns = async (flips: Flips): Promise<Uint8Array> => deflate(varints(flips), { level: 4 });

/** Inverse of {@link packRuns}. @throws Error where the bytes are not a packing */
export async function unpackRuns(packed: Uint8Array): Promise<Flips> {
  const bytes = await inflate(packed, { maxOutputLength: LONGEST });
  const runs = new Uint32Array(bytes.length);
  let n = 0;
  let at = 0;
  let end = 0;
  const take = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= bytes.length || scale > 2 ** 35) throw new Error('The packed runs are damaged.');
      const byte = bytes[at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    runs[n] = end + take();
    runs[n + 1] = take();
    end = runs[n] + runs[n + 1];
    n += 2;
  }
  return runs.slice(0, n);
}
