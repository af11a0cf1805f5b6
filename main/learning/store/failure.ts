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

/** Sentence and hint of whatever was thrown. Faults of the disk are named by what a person sees of them. */
export function explain(error: unknown): { readonly sentence: string; readonly hint: string } {
  if (error instanceof StudioError) return { sentence: error.message, hint: error.hint };
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
        hint: 'Run it again with --verbose for the details.',
      };
  }
}
