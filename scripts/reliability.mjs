#!/usr/bin/env node
/**
 * `npm run test:crash -- --rounds N [--seed S]`: kills, N times in all, programs that draw and index, and the window,
 * main, engine and archive worker of the real application; and cuts the simulated disk's power.
 * `npm run test:fuzz -- --count N [--seed S]`: reads N mutated files. `npm run test:soak -- --minutes N`: works in the real
 * application for N minutes and looks at memory and handles.
 * Each closes with its figures and fails on the first loss, hang, wrong place or leak.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { application } from './setup/application.mjs';
import { testDisplay } from './setup/display.mjs';
import { setUp } from './setup/index.mjs';
import { nodeProgram, show } from './setup/suites.mjs';
import { fail, SetupError } from './setup/terminal.mjs';

const whole = { type: /** @type {const} */ ('string') };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: whole, count: whole, seed: whole, minutes: whole },
});

/** @param {string | undefined} text @param {string} name @param {number} otherwise */
function number(text, name, otherwise) {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new SetupError(`--${name} is a whole number above 0.`, `npm run test:crash -- --rounds 300`);
}

/** Of the kills, so many are of the real application, which takes seconds to come back. */
const REAL_SHARE = 0.4;

/** @param {readonly string[]} files @param {Record<string, string>} env */
const inNode = (files, env) =>
  show(
    [...nodeProgram('vitest/vitest.mjs'), 'run', '--disable-console-intercept', '--reporter=dot', ...files],
    env,
  );

/** The real application in the real Electron. @param {string} spec @param {Record<string, string>} env */
async function inElectron(spec, env) {
  const made = await setUp({ system: ['compiler', 'window', 'display'], tensor: true, electron: true });
  await application();
  const display = await testDisplay();
  try {
    const config = join('test', 'endurance', 'playwright.config.ts');
    return await show([...nodeProgram('@playwright/test/cli.js'), 'test', '-c', config, spec], {
      ...env,
      ELECTRON_EXEC_PATH: made.electron,
      DISPLAY: display.name,
      TF_CPP_MIN_LOG_LEVEL: '3',
    });
  } finally {
    display.close();
  }
}

const kinds = {
  crash: async () => {
    const rounds = number(values.rounds, 'rounds', 300);
    const seed = String(number(values.seed, 'seed', 1));
    const real = Math.round(rounds * REAL_SHARE);
    // The test kills a quarter as many programs that index as programs that draw.
    const drawing = Math.max(1, Math.round((rounds - real) * 0.8));
    const inPlainNode = await inNode(
      ['test/reliability/crash.test.ts', 'test/annotation/power-cut.test.ts'],
      {
        AMLP_CRASH_ROUNDS: String(drawing),
        AMLP_CRASH_SEED: seed,
        AMLP_POWER_CUTS: String(Math.max(1000, rounds)),
      },
    );
    if (real === 0) return inPlainNode;
    return (
      (await inElectron('kill.spec', { AMLP_KILL_ROUNDS: String(real), AMLP_CRASH_SEED: seed })) ||
      inPlainNode
    );
  },
  fuzz: () =>
    inNode(['test/reliability/fuzz.test.ts'], {
      AMLP_FUZZ_COUNT: String(number(values.count, 'count', 5000)),
      AMLP_FUZZ_SEED: String(number(values.seed, 'seed', 1)),
    }),
  soak: () => inElectron('soak.spec', { AMLP_SOAK_MINUTES: String(number(values.minutes, 'minutes', 60)) }),
};

try {
  const kind = kinds[/** @type {keyof typeof kinds} */ (positionals[0])];
  if (!kind)
    throw new SetupError('Say what to test: crash, fuzz or soak.', 'npm run test:fuzz -- --count 5000');
  process.exitCode = await kind();
} catch (error) {
  fail(error);
}
