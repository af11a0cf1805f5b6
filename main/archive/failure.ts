/** A failure of the archive; its message is one sentence for the person. */
export class ArchiveFailure extends Error {
  override readonly name = 'ArchiveFailure';
}
