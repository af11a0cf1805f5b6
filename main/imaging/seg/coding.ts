import names from '../../../resources/segment-names.json';
import { isWhole } from '../dicom/code-item';
import type { Code } from '../mask/label-map';

const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });

/** Segmentation property categories (PS3.16 CID 7150), by the words of `segment-names.json`. */
const CATEGORIES = {
  tissue: sct('85756007', 'Tissue'),
  abnormal: sct('49755003', 'Morphologically Abnormal Structure'),
  anatomical: sct('91723000', 'Anatomical Structure'),
} as const;
type Category = keyof typeof CATEGORIES;

/** Structures that a name tells beyond doubt; the types are of PS3.16 CID 7151. */
const BY_NAME: readonly (readonly [RegExp, Category, Code])[] = [
  [/^(i?gtv|primary)/i, 'abnormal', sct('372087000', 'Neoplasm, Primary')],
  [/^(tumou?r|neoplasm)/i, 'abnormal', sct('108369006', 'Neoplasm')],
  [/^(lesion|mass|nodule)/i, 'abnormal', sct('4147007', 'Mass')],
  [/^metasta/i, 'abnormal', sct('14799000', 'Neoplasm, Secondary')],
  [/^liver/i, 'anatomical', sct('10200004', 'Liver')],
  [/^spleen/i, 'anatomical', sct('78961009', 'Spleen')],
  [/^kidney/i, 'anatomical', sct('64033007', 'Kidney')],
  [/^lung/i, 'anatomical', sct('39607008', 'Lung')],
  [/^heart/i, 'anatomical', sct('80891009', 'Heart')],
  [/^brain/i, 'anatomical', sct('12738006', 'Brain')],
];

/** The category of each code that the window offers. */
const BY_CODE: ReadonlyMap<string, Category> = new Map([
  ...BY_NAME.map(([, category, code]) => [code.value, category] as const),
  ...names.map(({ code, category }) => [code.value, category as Category] as const),
]);

/**
 * Category and type of a segment: its own code where it has one, else what its name says, else "Tissue", which claims
 * nothing.
 */
export function segmentCodes(name: string, code: Code | undefined): { category: Code; type: Code } {
  if (code !== undefined && isWhole(code))
    return { category: CATEGORIES[BY_CODE.get(code.value) ?? 'tissue'], type: code };
  const known = BY_NAME.find(([pattern]) => pattern.test(name.trim()));
  if (known === undefined) return { category: CATEGORIES.tissue, type: CATEGORIES.tissue };
  return { category: CATEGORIES[known[1]], type: known[2] };
}
