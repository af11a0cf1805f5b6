/**
 * How much of an unknown file we agree to read. Generous for what scanners write, small enough that a malicious file
 * is refused within seconds and without filling the memory (docs/reliability.md).
 */
export const limits = {
  /** Nesting of sequences; scanners write fewer than ten. */
  depth: 64,
  /** Data elements visited in one file, nested ones included. */
  elements: 3_000_000,
  /** Items of one sequence; also the most frames of one file. */
  items: 65_535,
  /** Bytes before the pixel data. */
  headerBytes: 128 * 2 ** 20,
  /** Voxels of one frame and of one file. */
  frameVoxels: 2 ** 28,
  fileVoxels: 2 ** 31,
} as const;
