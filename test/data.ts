import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder of real scans (see README, "Real data"); null where this machine has none. */
export const sharedData: string | null = (() => {
  const folder = process.env.AMLP_TEST_DATA ?? resolve('..', 'shared', 'data');
  return existsSync(folder) ? folder : null;
})();

/** Path below the folder of real scans; call only where `sharedData` is not null. */
export const dataPath = (...parts: string[]): string => {
  if (sharedData === null) throw new Error('The real scans are not on this machine.');
  return resolve(sharedData, ...parts);
};
