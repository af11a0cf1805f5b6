import type { DataSet } from '../dicom/write';
import { fitted } from '../dicom/write';
import type { Code } from '../mask/label-map';

const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });

/** Segmentation property categories (PS3.16 CID 7150). */
const TISSUE = sct('85756007', 'Tissue');
const ALTERED = sct('49755003', 'Morphologically Altered Structure');
const ANATOMICAL = sct('123037004', 'Anatomical Structure');

/** Structures that a name tells beyond doubt. */
const BY_NAME: readonly (readonly [RegExp, Code, Code])[] = [
  [/^(i?gtv|primary)/i, ALTERED, sct('86049000', 'Neoplasm, Primary')],
  [/^(tumou?r|neoplasm)/i, ALTERED, sct('108369006', 'Neoplasm')],
  [/^(lesion|mass|nodule)/i, ALTERED, sct('4147007', 'Mass')],
  [/^metasta/i, ALTERED, sct('14799000', 'Neoplasm, Secondary')],
  [/^liver/i, ANATOMICAL, sct('10200004', 'Liver')],
  [/^spleen/i, ANATOMICAL, sct('78961009', 'Spleen')],
  [/^kidney/i, ANATOMICAL, sct('64033007', 'Kidney')],
  [/^lung/i, ANATOMICAL, sct('39607008', 'Lung')],
  [/^heart/i, ANATOMICAL, sct('80891009', 'Heart')],
  [/^brain/i, ANATOMICAL, sct('12738006', 'Brain')],
];

/**
 * Category and type of a segment: its own code where it has one, else what its name says, else "Tissue", which claims
 * nothing.
 */
export function segmentCodes(name: string, code: Code | undefined): { category: Code; type: Code } {
  const known = BY_NAME.find(([pattern, , type]) =>
    code === undefined ? pattern.test(name.trim()) : type.value === code.value,
  );
  if (known !== undefined) return { category: known[1], type: code ?? known[2] };
  return { category: TISSUE, type: code ?? TISSUE };
}

/** A code as the item of a code sequence (PS3.3 8.8). */
export const codeItem = (code: Code): DataSet =>
  code.value.length > 16
    ? {
        LongCodeValue: code.value,
        CodingSchemeDesignator: fitted(code.scheme, 'SH'),
        CodeMeaning: fitted(code.meaning, 'LO'),
      }
    : {
        CodeValue: code.value,
        CodingSchemeDesignator: fitted(code.scheme, 'SH'),
        CodeMeaning: fitted(code.meaning, 'LO'),
      };
