/** Colours that colour-blind people can tell apart (Okabe and Ito), for segments that come without one. */
const COLORS: readonly (readonly [number, number, number])[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
];

export const segmentColor = (n: number): readonly [number, number, number] => COLORS[n % COLORS.length];
