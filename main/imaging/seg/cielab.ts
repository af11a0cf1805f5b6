/**
 * Recommended Display CIELab Value (PS3.3 C.10.7.1.1): CIELab under D50, L* in 0 to 100 and a*, b* in −128 to 127, each
 * spread over 0 to 65535.
 */

type Triple = readonly [number, number, number];

// sRGB to CIE XYZ adapted to D50 (ICC profile of sRGB, Bradford), and its inverse.
const TO_XYZ: readonly Triple[] = [
  [0.4360747, 0.3850649, 0.1430804],
  [0.2225045, 0.7168786, 0.0606169],
  [0.0139322, 0.0971045, 0.7141733],
];
const FROM_XYZ: readonly Triple[] = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
];
const WHITE: Triple = [0.9642, 1, 0.8249];

const times = (m: readonly Triple[], v: Triple): Triple =>
  m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Triple;

const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const companded = (c: number): number => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);

const EDGE = 216 / 24389;
const KAPPA = 24389 / 27;
const f = (t: number): number => (t > EDGE ? Math.cbrt(t) : (KAPPA * t + 16) / 116);
const inverseF = (t: number): number => (t ** 3 > EDGE ? t ** 3 : (116 * t - 16) / KAPPA);

const clamp = (x: number, high: number): number => Math.min(high, Math.max(0, Math.round(x)));

/** @param rgb sRGB, 0 to 255. */
export function cielabOf(rgb: Triple): Triple {
  const xyz = times(TO_XYZ, rgb.map((c) => linear(c / 255)) as unknown as Triple);
  const [x, y, z] = xyz.map((c, n) => f(c / WHITE[n]));
  const [l, a, b] = [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  return [
    clamp((l * 65535) / 100, 65535),
    clamp(((a + 128) * 65535) / 255, 65535),
    clamp(((b + 128) * 65535) / 255, 65535),
  ];
}

/** sRGB, 0 to 255, of a stored value; colours that a screen cannot show are clipped. */
export function rgbOf([l16, a16, b16]: Triple): Triple {
  const y = ((l16 * 100) / 65535 + 16) / 116;
  const x = y + ((a16 * 255) / 65535 - 128) / 500;
  const z = y - ((b16 * 255) / 65535 - 128) / 200;
  const xyz = [x, y, z].map((t, n) => inverseF(t) * WHITE[n]) as unknown as Triple;
  return times(FROM_XYZ, xyz).map((c) => clamp(companded(Math.max(0, c)) * 255, 255)) as unknown as Triple;
}
