const signs = /[^\p{L}\p{N}]+/u;

/**
 * Whether each word that a person typed is found: anywhere in the patient's code, else at the start of a word of the
 * text. "CT" must find CT scans and not every "corrected" PET. Case does not matter.
 */
export function findsAll(typed: string, code: string, text: string): boolean {
  const lower = text.toLowerCase();
  const starts = [...lower.split(/\s+/), ...lower.split(signs)];
  return typed
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((word) => code.toLowerCase().includes(word) || starts.some((start) => start.startsWith(word)));
}
