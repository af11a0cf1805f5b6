/**
 * RT ROI Interpreted Type (PS3.3 C.8.8.8.1) as far as a structure's name tells it (AAPM TG-263 and habit); '' where it
 * does not, which the standard allows.
 */
export function interpretedType(name: string): string {
  const type = TYPES.find(([pattern]) => pattern.test(name.trim()));
  return type?.[1] ?? '';
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(i?gtv|tumou?r|lesion|mass|metasta)/i, 'GTV'],
  [/^ctv/i, 'CTV'],
  [/^ptv/i, 'PTV'],
  [/^(external|body|skin)\b/i, 'EXTERNAL'],
  [
    /^(liver|lung|heart|kidney|spleen|brain|bladder|bowel|spinal|cord|parotid|eye|oesophagus|esophagus|bone)/i,
    'ORGAN',
  ],
];
