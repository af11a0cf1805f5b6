/** Parts of a name or an ID that are shorter say nothing: "CT", "01". */
const shortest = 3;

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Whether a text that people wrote (a segment's name, a file name) holds a part of the patient's name or the ID, so that
 * it would undo de-identification. Case and accents do not matter.
 * @param patient `name` as DICOM writes it: components split by ^, groups by =
 */
export function namesPatient(text: string, patient: { readonly name: string; readonly id: string }): boolean {
  const words = folded(text).split(/[^\p{L}\p{N}]+/u);
  const parts = folded(patient.name)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part.length >= shortest || /[^\x00-\x7f]/.test(part));
  const id = folded(patient.id).trim();
  return (
    parts.some((part) => part !== '' && words.includes(part)) ||
    (id.length >= shortest && folded(text).includes(id))
  );
}
