import { expect, test } from 'vitest';
import { firstWindow, presetsFor } from '../../renderer/state/presets';

const range = { min: -1000, max: 3000, p1: 10, p99: 900 };

test('CT in HU opens in soft tissue; MR in its own range; PET in SUV only where it is SUV', () => {
  expect(firstWindow({ modality: 'CT', unit: 'HU', range })).toEqual({ lower: -160, upper: 240 });
  expect(firstWindow({ modality: 'MR', unit: 'stored', range })).toEqual({ lower: 10, upper: 900 });
  expect(firstWindow({ modality: 'PT', unit: 'SUVbw', range })).toEqual({ lower: 0, upper: 5 });
  expect(presetsFor({ modality: 'PT', unit: 'Bq/ml', range }).every((p) => !p.name.startsWith('SUV'))).toBe(
    true,
  );
});

test('no preset is an empty window, not even of a constant volume', () => {
  const flat = { min: 7, max: 7, p1: 7, p99: 7 };
  for (const modality of ['CT', 'MR', 'PT', 'OT'])
    for (const preset of presetsFor({ modality, unit: 'stored', range: flat }))
      expect(preset.range.upper).toBeGreaterThan(preset.range.lower);
});
