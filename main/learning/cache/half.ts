/** IEEE 754 half precision: half the disk, and z-scored intensities keep three digits, more than scanners give. */

const wide = new Float32Array(1);
const wideBits = new Uint32Array(wide.buffer);

/** The nearest half-precision number, ties to even; beyond 65504 infinity. */
export function toHalf(value: number): number {
  wide[0] = value;
  const bits = wideBits[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  if (magnitude < 0x33000000) return sign;
  // Subnormal: the leading one becomes explicit and moves down.
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

/** Every half-precision number by its bits. */
const table = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
});

export const fromHalf = (bits: number): number => table[bits];

/** Widens a run of half-precision numbers. */
export function widen(halves: Uint16Array, into: Float32Array): void {
  for (let i = 0; i < halves.length; i++) into[i] = table[halves[i]];
}

export function narrow(values: Float32Array, into: Uint16Array): void {
  for (let i = 0; i < values.length; i++) into[i] = toHalf(values[i]);
}
