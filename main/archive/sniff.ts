/** What kind of file this is, by its first bytes and, for text headers, its name. */
export type FileKind = 'dicom' | 'nifti' | 'nrrd' | 'meta' | 'companion' | 'other';

const ascii = (bytes: Uint8Array, at: number, text: string): boolean =>
  bytes.length >= at + text.length && [...text].every((c, n) => bytes[at + n] === c.charCodeAt(0));

/** DICOM without its preamble begins with a group 0002 or 0008 element; old scanners write that. */
function bareDicom(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const little = bytes[1] === 0 && (bytes[0] === 0x08 || bytes[0] === 0x02) && bytes[3] === 0;
  const big = bytes[0] === 0 && bytes[1] === 0x08 && bytes[2] === 0;
  return little || big;
}

/** @param bytes at least the first 352 bytes of the file, or all of it */
export function sniff(name: string, bytes: Uint8Array): FileKind {
  const lower = name.toLowerCase();
  if (ascii(bytes, 128, 'DICM')) return 'dicom';
  if (lower.endsWith('.nii.gz') || lower.endsWith('.nii') || lower.endsWith('.hdr')) return 'nifti';
  if (lower.endsWith('.nrrd') || lower.endsWith('.nhdr') || ascii(bytes, 0, 'NRRD')) return 'nrrd';
  if (lower.endsWith('.mha') || lower.endsWith('.mhd')) return 'meta';
  // Voxels of a header file beside them.
  if (/\.(img|img\.gz|raw|raw\.gz|zraw)$/.test(lower)) return 'companion';
  if (lower.endsWith('.dcm') || lower.endsWith('.ima') || bareDicom(bytes)) return 'dicom';
  return 'other';
}

/** File name without folders and the endings of image files. */
export const stemOf = (path: string): string =>
  path.slice(path.lastIndexOf('/') + 1).replace(/\.(nii\.gz|nii|hdr|img|nrrd|nhdr|mha|mhd|dcm|ima)$/i, '');
