import { describe, expect, it } from 'vitest';
import { chooseReading, lesionPatches, patchGrid, readingPrecision } from '../../../models/amlp';
import { dataPath, sharedData } from '../../data';
import { readLabelledCase } from '../train/sts';

const grid = patchGrid(24, 8);

/** A body with a dark lesion in the middle patch and a bright organ in the first. */
function slice(): { image: Float32Array; lesion: Uint8Array } {
  const image = new Float32Array(576);
  const lesion = new Uint8Array(576);
  for (let v = 0; v < 576; v++) {
    const [x, y] = [v % 24, Math.floor(v / 24)];
    const patch = Math.floor(y / 8) * 3 + Math.floor(x / 8);
    image[v] = patch === 0 ? 6 : patch === 4 ? 0.9 : patch >= 6 ? -3 : 1 + 0.01 * (v % 7);
    lesion[v] = patch === 4 ? 1 : 0;
  }
  return { image, lesion };
}

describe('lesion-patch precision, Table VII', () => {
  it('counts as one does by hand', () => {
    const { lesion } = slice();
    expect([...lesionPatches(lesion, grid)]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const few = new Uint8Array(576);
    few.fill(1, 0, 6);
    expect(lesionPatches(few, grid).includes(1)).toBe(false);
    few.fill(1, 0, 7);
    expect(lesionPatches(few, grid)[0]).toBe(1);
    const reading = { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' } as const;
    const found = readingPrecision([slice()], grid, 1, reading);
    // The three patches of air or the bright organ are the small cluster; the lesion is not in it.
    expect(found?.categories.foreground.lesionPatches).toBe(0);
    expect(found?.categories.background.lesionPatches).toBe(1);
    expect(found?.chance).toBeCloseTo(1 / 9, 12);
    expect(found?.precision).toBe(0);
    // Six of the nine patches are body, one of them lesion: chance among them is another.
    const ofBody = readingPrecision([slice()], grid, 1, { ...reading, patches: 'body' });
    expect(ofBody?.chance).toBeCloseTo(1 / 6, 12);
  });

  it('lets contours choose the reading and says so in a sentence', () => {
    const choice = chooseReading([slice(), slice()], grid, 1);
    expect(choice.ranking).toHaveLength(24);
    expect(choice.chance).toBeCloseTo(1 / 9, 12);
    expect(choice.ranking[0].precision).toBeGreaterThan(choice.ranking[0].chance);
    expect(choice.reading).toBe(choice.ranking[0].reading);
    expect(choice.sentence).toMatch(
      /^On 2 contoured slices, \d+ % of the patches masked first show the lesion/,
    );
    // The best is taken over the reading in force only where it is clearly better.
    const [best, ...others] = choice.ranking;
    const worst = others[others.length - 1].reading;
    expect(chooseReading([slice()], grid, 1, { preferred: worst })).toMatchObject({
      reading: worst,
      kept: true,
    });
    const three = [slice(), slice(), slice()];
    expect(chooseReading(three, grid, 1, { preferred: worst })).toMatchObject({
      reading: best.reading,
      kept: false,
    });
    expect(chooseReading(three, grid, 1, { preferred: best.reading }).kept).toBe(true);
    const empty = { ...slice(), lesion: new Uint8Array(576) };
    expect(() => chooseReading([empty], grid, 1)).toThrow(/None of the contoured slices/);
    expect(readingPrecision([empty], grid, 1, choice.reading)).toBeNull();
  });
});

describe.skipIf(sharedData === null)('on real sarcomas', () => {
  it('the profile readings find lesions at least twice as often as chance', () => {
    const patients = ['STS_001', 'STS_004', 'STS_011', 'STS_016', 'STS_021', 'STS_024'];
    for (const [image, label, size] of [
      ['MR_T1', 'GTV', 96],
      ['PET_native', 'PET_native_GTV', 48],
    ] as const) {
      const slices = patients.flatMap((p) =>
        readLabelledCase(dataPath('labelled', 'sts', p), image, label, size),
      );
      const { ranking, chance } = chooseReading(slices, patchGrid(size, size / 6), 1);
      expect(ranking[0].precision / chance).toBeGreaterThan(2);
    }
  });
});
