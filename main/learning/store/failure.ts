import { isOutOfMemory } from '../../../models/runtime/pool';
import { ImagingError, type ImagingErrorCode } from '../../imaging/error';

/**
 * A failure that a person can act on: one sentence that names the thing, and one that names the way out.
 * Neither ever carries a patient's name.
 */
export class StudioError extends Error {
  override readonly name = 'StudioError';
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const pathOf = (error: unknown): string =>
  error instanceof Error && 'path' in error && typeof error.path === 'string' ? ` (${error.path})` : '';

/** The way out of each kind of failure to read a file. */
const imagingHints: Readonly<Record<ImagingErrorCode, string>> = {
  'not-recognised': 'Give a DICOM, NIfTI, NRRD or MetaImage file.',
  truncated: 'Copy or export the file again, whole.',
  malformed: 'Export the file again from where it came from.',
  'over-limit': 'Give a smaller part of the scan.',
  unsupported: 'Export it uncompressed and in grey values.',
  'not-an-image': 'Give the folder of the scan itself.',
  'no-geometry': 'Give the scan that belongs to it.',
  irregular: 'Export the series again, whole.',
  'no-suv': 'Without --suv the stored values are written.',
  changed: 'Start again with the files as they are now.',
  unreadable: 'Look whether the file is still there and may be read.',
};

/** The way out of what nobody foresaw, in the window. */
const inWindow = 'Try once more; should it fail again, restart AMLP Studio.';

/**
 * Sentence and hint of whatever was thrown. Faults of the disk are named by what a person sees of them.
 * @param unforeseen the hint where the fault is of no kind that is known; by default one for the window
 */
export function explain(
  error: unknown,
  unforeseen = inWindow,
): { readonly sentence: string; readonly hint: string } {
  if (error instanceof StudioError) return { sentence: error.message, hint: error.hint };
  if (error instanceof ImagingError) return { sentence: error.message, hint: imagingHints[error.code] };
  if (isOutOfMemory(error))
    return {
      sentence: 'There is not enough memory for this network; what was saved before is untouched.',
      hint: 'Close other programs, or choose a smaller network width.',
    };
  switch (codeOf(error)) {
    case 'ENOSPC':
      return {
        sentence: `The disk is full${pathOf(error)}; what was saved before is untouched.`,
        hint: 'Free some space, then start the same thing again: it goes on where it stopped.',
      };
    case 'ENOENT':
      return {
        sentence: `There is no such file or folder${pathOf(error)}.`,
        hint: 'Check the path; names are case-sensitive on most systems.',
      };
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return {
        sentence: `The system does not allow this file or folder to be used${pathOf(error)}.`,
        hint: 'Choose another folder, or ask whoever owns it for access.',
      };
    case 'ENOTDIR':
      return {
        sentence: `This is a file, not a folder${pathOf(error)}.`,
        hint: 'Give the folder it lies in.',
      };
    case 'EISDIR':
      return { sentence: `This is a folder, not a file${pathOf(error)}.`, hint: 'Give a file inside it.' };
    default:
      return {
        sentence: error instanceof Error ? error.message : String(error),
        hint: unforeseen,
      };
  }
}
