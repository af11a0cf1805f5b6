import { asImagingError, ImagingError } from '../error';
import { voxelCount } from '../space/geometry';
import type { Volume } from '../volume';
import { finite } from '../voxels/finite';
import { inflateExpected } from '../voxels/gzip';
import { rawBytes, rawVoxels } from '../voxels/raw';
import { readNrrdHeader, type NrrdHeader } from './header';

export interface NrrdImage {
  readonly header: NrrdHeader;
  readonly volumes: Volume[];
}

/**
 * Reads a NRRD image, raw, gzip or text.
 * @param pairedData the file that `header.dataFile` names, where it names one.
 * @returns volumes in patient space; unit 'stored' and modality 'OT'. @throws ImagingError
 */
export async function readNrrd(bytes: Uint8Array, pairedData?: Uint8Array): Promise<NrrdImage> {
  try {
    const header = readNrrdHeader(bytes);
    if (header.dataFile !== null && !pairedData)
      throw new ImagingError('unreadable', 'The voxels are in a second file, which is not there.');
    const data = header.dataFile !== null && pairedData ? pairedData : bytes.subarray(header.dataOffset);
    const perVolume = voxelCount(header.geometry);
    const stored = storedBytes(header, data, perVolume * header.count);
    const step = perVolume * rawBytes[header.dataType];
    const volumes = Array.from({ length: header.count }, (_, n): Volume =>
      finite({
        geometry: header.geometry,
        voxels: rawVoxels(
          stored.subarray(n * step, (n + 1) * step),
          header.dataType,
          header.encoding === 'text' || header.littleEndian,
        ),
        unit: 'stored',
        modality: 'OT',
        frameOfReference: null,
        remarks: header.remarks,
      }),
    );
    return { header, volumes };
  } catch (thrown) {
    throw asImagingError(thrown, 'The NRRD file cannot be read; it is damaged.');
  }
}

/** The numbers of all volumes. Lines are skipped before, bytes after decompression, as the format has it. */
function storedBytes(header: NrrdHeader, data: Uint8Array, count: number): Uint8Array {
  const need = count * rawBytes[header.dataType];
  let at = 0;
  for (let line = 0; line < header.lineSkip; line++) {
    const end = data.indexOf(0x0a, at);
    if (end < 0) throw new ImagingError('truncated', 'The NRRD file ends before its voxels.');
    at = end + 1;
  }
  let body = data.subarray(at);
  if (header.encoding === 'text') return fromText(header, body, count);
  if (header.encoding === 'gzip') body = inflateExpected(body, need + Math.max(0, header.byteSkip));
  const start = header.byteSkip === -1 ? body.length - need : header.byteSkip;
  if (start < 0 || body.length - start < need)
    throw new ImagingError('truncated', `The voxels are incomplete: ${body.length} of ${need} bytes.`);
  return body.subarray(start, start + need);
}

function fromText(header: NrrdHeader, body: Uint8Array, count: number): Uint8Array {
  const words = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    .toString('latin1')
    .trim()
    .split(/\s+/);
  if (words.length < count)
    throw new ImagingError('truncated', `The voxels are incomplete: ${words.length} of ${count}.`);
  const width = rawBytes[header.dataType];
  const out = Buffer.alloc(count * width);
  for (let v = 0; v < count; v++) {
    const value = Number(words[v]);
    if (!Number.isFinite(value))
      throw new ImagingError('malformed', 'The NRRD file holds something that is no number.');
    if (header.dataType === 'float32') out.writeFloatLE(value, v * width);
    else if (header.dataType === 'float64') out.writeDoubleLE(value, v * width);
    else if (width === 8) out.writeBigInt64LE(BigInt.asIntN(64, BigInt(Math.trunc(value))), v * width);
    else out.writeIntLE(wrap(value, width), v * width, width);
  }
  return out;
}

/** The two's complement value that has the same bytes. */
function wrap(value: number, width: number): number {
  const range = 2 ** (8 * width);
  const low = ((Math.trunc(value) % range) + range) % range;
  return low >= range / 2 ? low - range : low;
}
