/** Why a file or series could not be read. Stable: the index stores it, tests and the fuzzer rely on it. */
export type ImagingErrorCode =
  /** Not a file of the format that it was opened as. */
  | 'not-recognised'
  /** The bytes end before what the header announces. */
  | 'truncated'
  /** The bytes contradict the format. */
  | 'malformed'
  /** Larger, deeper or more numerous than we agree to read. */
  | 'over-limit'
  /** A valid file in an encoding that we do not read (transfer syntax, colour, bits, data type). */
  | 'unsupported'
  /** A DICOM object that is not a scan (RT-STRUCT, SEG, report, …). */
  | 'not-an-image'
  /** The file does not say where its voxels lie in the patient, or contradicts itself about it. */
  | 'no-geometry'
  /** Slices that do not form a regular grid (tilt, uneven or missing slices). */
  | 'irregular'
  /** No standardised uptake value can be computed from what the tags say. */
  | 'no-suv'
  /** A file is not what the index says it was. */
  | 'changed'
  /** A file could not be opened or read. */
  | 'unreadable';

/** A failure with a stable reason; `message` is the sentence for the person, without a patient's name. */
export class ImagingError extends Error {
  override readonly name = 'ImagingError';
  constructor(
    readonly code: ImagingErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Turns whatever a parser or codec threw into a classified failure. Parsers of foreign bytes go wrong in ways
 * nobody foresaw (range errors, exhausted stacks, aborted WASM): each is "malformed" unless it already says better.
 */
export function asImagingError(thrown: unknown, sentence: string): ImagingError {
  if (thrown instanceof ImagingError) return thrown;
  return new ImagingError('malformed', sentence, { cause: thrown });
}
