/** A failure of the annotation; its message is one sentence for the person. */
export class AnnotationFailure extends Error {
  override readonly name = 'AnnotationFailure';
}
