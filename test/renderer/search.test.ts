import { expect, test } from 'vitest';
import { findsAll } from '../../renderer/state/search';

const pet = '2026-01-05 Follow-up PT PET FDG, attenuation corrected';

test('words are found at their start, a patient anywhere in the code', () => {
  expect(findsAll('', 'DEMO-002', pet)).toBe(true);
  expect(findsAll('002 pet', 'DEMO-002', pet)).toBe(true);
  expect(findsAll('fdg atten', 'DEMO-002', pet)).toBe(true);
  expect(findsAll('2026-01', 'DEMO-002', pet)).toBe(true);
  expect(findsAll('up', 'DEMO-002', pet)).toBe(true);
  expect(findsAll('ct', 'DEMO-002', pet)).toBe(false);
  expect(findsAll('pet 003', 'DEMO-002', pet)).toBe(false);
});
