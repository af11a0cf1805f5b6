export type Colour = readonly [number, number, number];

/**
 * Colours of segments that people with any of the usual colour deficiencies tell apart, light enough for a black
 * image; after Okabe and Ito (2008). Orange is left out: it is the hue of what a model proposes.
 */
export const palette: readonly Colour[] = [
  [86, 180, 233],
  [240, 228, 66],
  [54, 199, 148],
  [222, 140, 190],
  [226, 106, 44],
  [140, 160, 255],
  [225, 225, 225],
  [150, 220, 70],
];

const same = (a: Colour, b: Colour): boolean => a.every((v, channel) => v === b[channel]);

/** The first colour of the palette that is used least. */
export function colourFor(used: readonly Colour[]): Colour {
  const uses = palette.map((colour) => used.filter((u) => same(u, colour)).length);
  return palette[uses.indexOf(Math.min(...uses))];
}

export const css = ([r, g, b]: Colour, alpha = 1): string => `rgb(${r} ${g} ${b} / ${alpha})`;
