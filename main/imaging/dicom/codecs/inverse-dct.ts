/**
 * Inverse 8×8 DCT in fixed point: the factorisation of Loeffler, Ligtenberg and Moschytz (ICASSP 1989). T.81 leaves the
 * rounding open; the constants' 9 bits, rows before columns and 4 bits below the point throughout are those of libjpeg
 * (ISO/IEC 18477), the decoder that pydicom reads 12-bit JPEG with, so that the voxels are the same.
 */

/** Bits below the point of the constants. */
const bits = 9;
/** Bits below the point that a sample keeps through both passes. */
const kept = 4;

const angle = (n: number): number => Math.SQRT2 * Math.cos((n * Math.PI) / 16);
const [c1, c2, c3, c5, c6, c7] = [1, 2, 3, 5, 6, 7].map(angle);
const fixed = (value: number): number => Math.floor(value * 2 ** bits + 0.5);

/** Rotation of the even half. */
const turn = { both: fixed(c6), second: fixed(c2 + c6), first: fixed(c2 - c6) };
/** The odd half: one factor an input, one a pair of inputs, one for all. */
const alone = [
  fixed(-c1 + c3 + c5 - c7),
  fixed(c1 + c3 - c5 + c7),
  fixed(c1 + c3 + c5 - c7),
  fixed(c1 + c3 - c5 - c7),
];
const pair = [fixed(c3 - c7), fixed(c1 + c3), fixed(c3 + c5), fixed(c3 - c5)];
const all = fixed(c3);

/** Eight values, `step` apart, transformed in place; `drop` bits below the point are rounded away. */
function line(block: Float64Array, start: number, step: number, drop: number): void {
  const at = (n: number): number => block[start + n * step];
  const rotated = (at(2) + at(6)) * turn.both;
  const even2 = rotated - at(6) * turn.second;
  const even3 = rotated + at(2) * turn.first;
  const sum = (at(0) + at(4)) * 2 ** bits;
  const difference = (at(0) - at(4)) * 2 ** bits;
  const even = [sum + even3, difference + even2, difference - even2, sum - even3];

  const [x7, x5, x3, x1] = [at(7), at(5), at(3), at(1)];
  const shared = (x7 + x3 + x5 + x1) * all;
  const p0 = -(x7 + x1) * pair[0];
  const p1 = -(x5 + x3) * pair[1];
  const p2 = shared - (x7 + x3) * pair[2];
  const p3 = shared - (x5 + x1) * pair[3];
  const odd = [
    x1 * alone[3] + p0 + p3,
    x3 * alone[2] + p1 + p2,
    x5 * alone[1] + p1 + p3,
    x7 * alone[0] + p0 + p2,
  ];

  const scale = 2 ** drop;
  for (let n = 0; n < 4; n++) {
    block[start + n * step] = Math.floor((even[n] + odd[n]) / scale + 0.5);
    block[start + (7 - n) * step] = Math.floor((even[n] - odd[n]) / scale + 0.5);
  }
}

/** Transforms the 64 dequantised coefficients of a block (row-major) into whole samples, in place. */
export function inverseDct(block: Float64Array): void {
  for (let n = 0; n < 64; n++) block[n] *= 2 ** kept;
  for (let row = 0; row < 8; row++) line(block, 8 * row, 1, bits);
  // Three bits more: the factorisation leaves a factor of √8 a pass.
  for (let column = 0; column < 8; column++) line(block, column, 8, bits + 3);
  for (let n = 0; n < 64; n++) block[n] = Math.floor(block[n] / 2 ** kept + 0.5);
}
