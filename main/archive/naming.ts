/** What the names of NIfTI, NRRD and MetaImage files say, since their headers do not. */
import { stemOf } from './sniff';

const words = (stem: string): string[] =>
  stem
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

const MASK_WORDS = new Set([
  'gtv',
  'ctv',
  'ptv',
  'seg',
  'segmentation',
  'segmentations',
  'label',
  'labels',
  'labelmap',
  'mask',
  'masks',
  'roi',
  'lesion',
  'tumor',
  'tumour',
  'annotation',
  'contour',
]);

/** Whether the name alone says that the file is a mask, e.g. `PET_native_GTV.nii.gz`. */
export const namedAsMask = (path: string): boolean => words(stemOf(path)).some((w) => MASK_WORDS.has(w));

const MODALITIES: readonly (readonly [RegExp, string])[] = [
  [/^(ct|cbct|ldct)$/, 'CT'],
  [/^(pet|pt|suv|fdg|psma)$/, 'PT'],
  [/^(mr|mri|t1|t1w|t1c|t1ce|t1gd|t2|t2w|flair|dwi|adc|swi|pd|bold)$/, 'MR'],
];

/** DICOM modality by the name's first telling word; 'OT' where none tells. */
export function modalityOfName(path: string): string {
  for (const word of words(stemOf(path))) {
    const found = MODALITIES.find(([pattern]) => pattern.test(word));
    if (found) return found[1];
  }
  return 'OT';
}

/** The case a file belongs to: its folder below the archive, or its own name where it lies at the top. */
export function caseOf(path: string): { id: string; code: string } {
  const at = path.lastIndexOf('/');
  if (at < 0) return { id: stemOf(path), code: stemOf(path) };
  const folder = path.slice(0, at);
  return { id: folder, code: folder.slice(folder.lastIndexOf('/') + 1) };
}
