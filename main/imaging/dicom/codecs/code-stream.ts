import { ImagingError } from '../../error';

/** What a code stream says of its image, read without decoding. */
export interface CodeStreamFrame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
}

/**
 * The frame header of a code stream: SOF of JPEG and JPEG-LS (T.81, B.2.2; T.87, C.2.2), SIZ of JPEG 2000 (T.800, A.5.1).
 * @throws ImagingError 'malformed' where there is none.
 */
export function codeStreamFrame(b: Uint8Array): CodeStreamFrame {
  const frame = b[0] === 0xff && b[1] === 0xd8 ? jpegFrame(b) : jpeg2000Frame(b);
  if (!frame || frame.width < 1 || frame.height < 1)
    throw new ImagingError('malformed', 'A compressed frame has no valid header; it is damaged.');
  return frame;
}

function jpegFrame(b: Uint8Array): CodeStreamFrame | null {
  for (let at = 2; at + 9 < b.length;) {
    if (b[at] !== 0xff) return null;
    const marker = b[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame || marker === 0xf7)
      return {
        bits: b[at + 4],
        height: (b[at + 5] << 8) | b[at + 6],
        width: (b[at + 7] << 8) | b[at + 8],
        components: b[at + 9],
      };
    at += 2 + ((b[at + 2] << 8) | b[at + 3]);
  }
  return null;
}

/** The code stream may stand in the boxes of a JP2 file, against the standard. */
function jpeg2000Frame(b: Uint8Array): CodeStreamFrame | null {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  for (let at = 0; at < Math.min(b.length - 43, 1024); at++) {
    if (view.getUint32(at) !== 0xff4fff51) continue;
    return {
      width: view.getUint32(at + 8) - view.getUint32(at + 16),
      height: view.getUint32(at + 12) - view.getUint32(at + 20),
      components: view.getUint16(at + 40),
      bits: (b[at + 42] & 0x7f) + 1,
    };
  }
  return null;
}
