/**
 * A number as a DICOM decimal string (VR DS, PS3.5 6.2): at most 16 characters, as many significant digits as fit.
 * Planning systems refuse a file with one character more.
 * @throws RangeError for numbers that are not finite.
 */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be written as a decimal string.`);
  const plain = String(value === 0 ? 0 : value);
  if (plain.length <= 16) return plain;
  for (let digits = 15; digits > 0; digits--) {
    // Without an exponent where both keep as much; a small number loses its last digits to leading zeros.
    for (const text of [value.toPrecision(digits), value.toExponential(digits - 1)].map(trimmed))
      if (text.length <= 16) return text;
  }
  throw new RangeError(`${value} does not fit a decimal string.`);
}

/** Without zeros that carry nothing: "1.500e-7" becomes "1.5e-7". */
function trimmed(text: string): string {
  const [mantissa, exponent] = text.split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return exponent === undefined ? short : `${short}e${exponent}`;
}
