import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { sharedData } from '../data';
import { emptyTally, fuzzScans, type Tally } from './fuzz-lane';
import { fuzzModels } from './fuzz-models';

/** Mutated files; `npm run test:fuzz -- --count N --seed S` asks for others. */
const COUNT = Number(process.env.AMLP_FUZZ_COUNT ?? 5000);
const SEED = Number(process.env.AMLP_FUZZ_SEED ?? 1);
/** Of a hundred, so many are model files; the others are scans and contours. */
const MODELS_PERCENT = 15;
/** One file may take so long. */
const SLOWEST_SECONDS = 60;
/** A long run says where it stands after so many. */
const TELL_EVERY = 10_000;

const sum = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (a, b) => ({
      mutated: a.mutated + b.mutated,
      read: a.read + b.read,
      refused: a.refused + b.refused,
      slowest: Math.max(a.slowest, b.slowest),
      compared: a.compared + b.compared,
      faults: [...a.faults, ...b.faults],
    }),
    emptyTally(),
  );

const figures = (t: Tally): string =>
  `${t.mutated} mutated files, seed ${SEED}: ${t.read} read, ${t.refused} refused with a reason, ` +
  `${t.compared} compared with another reader, ${t.faults.length} faults, slowest ${t.slowest.toFixed(2)} s`;

test.skipIf(sharedData === null)(
  `${COUNT} mutated files (seed ${SEED}) end in what their bytes say, or in a reason`,
  async () => {
    const lanes = Math.min(4, Math.max(1, Math.min(availableParallelism(), Math.floor(COUNT / 500))));
    const models = Math.round((COUNT * MODELS_PERCENT) / 100);
    const scans = COUNT - models;
    const ofModels = await fuzzModels(models, SEED);
    const latest = Array.from({ length: lanes }, emptyTally);
    let told = 0;
    const ofScans = await Promise.all(
      latest.map((_, lane) =>
        fuzzScans(Math.floor(scans / lanes) + (lane < scans % lanes ? 1 : 0), SEED * 100 + lane, (tally) => {
          latest[lane] = { ...tally };
          const so = sum([ofModels, ...latest]);
          if (so.mutated - told < TELL_EVERY) return;
          told = so.mutated;
          console.log(`fuzz, so far: ${figures(so)}`);
          for (const fault of so.faults) console.log(`  ${fault}`);
        }),
      ),
    );
    const all = sum([ofModels, ...ofScans]);
    console.log(`fuzz: ${figures(all)} (${ofModels.mutated} of them model files)`);
    expect(all.faults).toEqual([]);
    expect(all.slowest).toBeLessThan(SLOWEST_SECONDS);
  },
  24 * 3_600_000,
);
