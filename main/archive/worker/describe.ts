/** What the index keeps of one file: its header, read without its voxels where the format allows. */
import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ImagingError, readDicomHeaderFrom, type ByteSource, type DicomHeader } from '../../imaging';
import { notAScan } from '../../imaging/dicom/header';
import type { Volume } from '../../imaging/volume';
import { fileOfArchive } from '../listing';
import { namedAsMask } from '../naming';
import { sniff } from '../sniff';
import { readImageFile, readImageFileHeader, type ImageFileHeader } from './image-file';

/** A structure set or segmentation in the archive: something that can be imported onto a volume. */
export interface ContoursHeader {
  readonly what: string;
  readonly study: string;
  readonly frameOfReference: string | null;
}

export type Described =
  | { readonly kind: 'dicom'; readonly header: DicomHeader }
  | { readonly kind: 'contours'; readonly header: ContoursHeader }
  | { readonly kind: 'image'; readonly header: ImageFileHeader }
  | { readonly kind: 'mask'; readonly header: ImageFileHeader }
  | { readonly kind: 'left-out'; readonly reason: string; readonly quiet: boolean };

const leftOut = (reason: string, quiet = false): Described => ({ kind: 'left-out', reason, quiet });

/** Bytes that tell the format. */
const HEAD = 352;

/** Nothing that a scanner writes is larger; a larger file is refused before it is opened. */
const LARGEST_IMAGE_FILE = 4 * 2 ** 30;

async function headOf(handle: FileHandle): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD);
  const { bytesRead } = await handle.read(head, 0, HEAD, 0);
  return head.subarray(0, bytesRead);
}

/** The format was told from the file's first bytes, so its header is in the system's memory: reading at once is faster. */
const sourceOf = (handle: FileHandle, size: number): ByteSource => ({
  size,
  read(start, length) {
    const bytes = Buffer.allocUnsafeSlow(length);
    return bytes.subarray(0, readSync(handle.fd, bytes, 0, length, start));
  },
});

/** The header as the index keeps it: names and birth dates are not needed to find a scan, so they are not kept. */
const withoutNames = (header: DicomHeader): DicomHeader => ({
  ...header,
  patient: { ...header.patient, name: '', birthDate: '' },
});

/**
 * Describes a file of the archive.
 * @param root real path of the archive; `path` is below it
 * @throws nothing that the file's content could cause: what cannot be read is left out with its reason
 */
export async function describeFile(root: string, path: string): Promise<Described> {
  let handle: FileHandle;
  try {
    handle = await open(await fileOfArchive(root, path), 'r');
  } catch {
    return leftOut('This file could not be opened; look whether it may be read.');
  }
  try {
    const { size } = await handle.stat();
    if (size === 0) return leftOut('This file is empty.');
    const kind = sniff(path, await headOf(handle));
    if (kind === 'other') return leftOut('It is no scan in a format that is read here.', true);
    if (kind === 'companion') return leftOut('It holds the voxels of a header file beside it.', true);
    if (kind === 'dicom') {
      const header = await readDicomHeaderFrom(sourceOf(handle, size));
      const other = notAScan(header.sopClassUid);
      if (other && /segmentation|structure set/.test(other))
        return {
          kind: 'contours',
          header: { what: other, study: header.study.uid, frameOfReference: header.frameOfReference },
        };
      return { kind: 'dicom', header: withoutNames(header) };
    }
    if (size > LARGEST_IMAGE_FILE) return leftOut('It is larger than 4 GB, more than is read as one file.');
    const header = await readImageFileHeader(root, path, kind);
    return { kind: (await isMaskFile(root, path, header, size)) ? 'mask' : 'image', header };
  } catch (error) {
    return leftOut(
      error instanceof ImagingError ? error.message : 'It could not be read: its content is damaged.',
    );
  } finally {
    await handle.close();
  }
}

/** Bytes of a file whose values are looked at to tell whether it is a mask. */
const MOST_LOOKED_AT = 32 * 2 ** 20;

async function isMaskFile(
  root: string,
  path: string,
  header: ImageFileHeader,
  size: number,
): Promise<boolean> {
  if (namedAsMask(path)) return true;
  if (!header.integers || header.count !== 1 || size > MOST_LOOKED_AT) return false;
  return isMask(await readImageFile(root, path, header.format));
}

/** Nothing but zeros and ones, and some of each: no scanner makes that. */
function isMask({ voxels }: Volume): boolean {
  let ones = 0;
  for (const v of voxels) {
    if (v === 1) ones++;
    else if (v !== 0) return false;
  }
  return ones > 0 && ones < voxels.length;
}
