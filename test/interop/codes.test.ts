import { describe, expect, test } from 'vitest';
import { segmentCodes } from '../../main/imaging/seg/coding';
import names from '../../resources/segment-names.json';
import { python, runPython } from '../python';

/** PS3.16 context groups of types, by the category under which DICOM has them. */
const TYPES_OF: Readonly<Record<string, number>> = {
  '85756007': 7191,
  '91723000': 7192,
  '49755003': 7194,
};
const CATEGORIES = 7150;
/** What we tell from a name alone. */
const UNCODED = [
  'GTV',
  'Tumour',
  'Lesion',
  'Metastasis',
  'Liver',
  'Spleen',
  'Kidney',
  'Lung',
  'Heart',
  'Brain',
];

describe.skipIf(python === null)('codes of segments', () => {
  test('are those of PS3.16, with its meanings, in the context group of their category', () => {
    const coded = [
      ...names.map(({ name, code }) => segmentCodes(name, code)),
      ...UNCODED.map((name) => segmentCodes(name, undefined)),
      segmentCodes('Something else', undefined),
    ];
    const values = new Set(coded.flatMap(({ category, type }) => [category.value, type.value]));
    const known = JSON.parse(runPython('test/interop/dicom_codes.py', ...values)) as Record<
      string,
      Record<string, number[]>
    >;
    const groupsOf = ({ value, meaning }: { value: string; meaning: string }): number[] =>
      known[value][meaning] ?? [];
    for (const { category, type } of coded) {
      expect([category, groupsOf(category)]).toEqual([category, expect.arrayContaining([CATEGORIES])]);
      expect([type, groupsOf(type)]).toEqual([type, expect.arrayContaining([TYPES_OF[category.value]])]);
    }
  });
});
