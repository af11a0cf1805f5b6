#!/usr/bin/env node
/**
 * `npm run test:crash -- --rounds N [--seed S]`: kills programs that draw and index, N times, and cuts the simulated
 * disk's power as often. `npm run test:fuzz -- --count N [--seed S]`: reads N mutated files. Each closes with its figures
 * and fails on the first loss, hang or wrong place.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const whole = { type: /** @type {const} */ ('string') };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: whole, count: whole, seed: whole },
});

/** @param {string | undefined} text @param {string} name @param {number} otherwise */
function number(text, name, otherwise) {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value > 0) return String(value);
  console.error(`--${name} is a whole number above 0.`);
  process.exit(2);
}

const kinds = {
  crash: {
    files: ['test/reliability/crash.test.ts', 'test/annotation/power-cut.test.ts'],
    env: () => ({
      AMLP_CRASH_ROUNDS: number(values.rounds, 'rounds', 300),
      AMLP_CRASH_SEED: number(values.seed, 'seed', 1),
      AMLP_POWER_CUTS: String(Math.max(1000, Number(values.rounds ?? 0))),
    }),
  },
  fuzz: {
    files: ['test/reliability/fuzz.test.ts'],
    env: () => ({
      AMLP_FUZZ_COUNT: number(values.count, 'count', 5000),
      AMLP_FUZZ_SEED: number(values.seed, 'seed', 1),
    }),
  },
};
const kind = kinds[/** @type {keyof typeof kinds} */ (positionals[0])];
if (!kind) {
  console.error('Say what to test: crash or fuzz.');
  process.exit(2);
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--disable-console-intercept', '--reporter=dot', ...kind.files],
  { stdio: 'inherit', env: { ...process.env, ...kind.env() } },
);
process.exit(status ?? 1);
