#!/usr/bin/env node
/**
 * `npm test`: installs what the tests need and runs everything; closes with `N passed, N failed`.
 * `npm test -- check`, `unit` or `e2e` (or several) runs a part; what follows a further `--` goes to that part's runner.
 */
import { application } from './setup/application.mjs';
import { checkCode } from './setup/checks.mjs';
import { testDisplay } from './setup/display.mjs';
import { setUp } from './setup/index.mjs';
import { closingLine, countOf, nodeProgram, reportFile, show, sum } from './setup/suites.mjs';
import { SetupError, fail, say } from './setup/terminal.mjs';

/**
 * What is read of the runners' reports.
 * @typedef {{ status: string, assertionResults: unknown[] }} TestFile
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: TestFile[] }} VitestReport
 * @typedef {{ stats: { expected: number, flaky: number, unexpected: number, skipped: number } }} PlaywrightReport
 */

const parts = ['check', 'unit', 'e2e'];

/** The application that the tests run; one that cannot be built is a failure, and the rest is still tested. */
async function build() {
  try {
    await application();
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Unit and interoperability tests. @param {readonly string[]} rest @param {NodeJS.ProcessEnv} env */
async function unit(rest, env) {
  const file = reportFile('unit.json');
  const command = [...nodeProgram('vitest/vitest.mjs'), 'run', ...rest];
  const status = await show(
    [...command, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    env,
  );
  return countOf(file, status, (/** @type {VitestReport} */ report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(isBroken).length,
    skipped: report.numPendingTests,
  }));
}

/** A file that failed before any of its tests could. @param {TestFile} file */
const isBroken = (file) => file.status === 'failed' && file.assertionResults.length === 0;

/** End-to-end tests in the real Electron. @param {readonly string[]} rest @param {NodeJS.ProcessEnv} env */
async function endToEnd(rest, env) {
  const file = reportFile('e2e.json');
  const display = await testDisplay();
  try {
    const command = [...nodeProgram('@playwright/test/cli.js'), 'test', '--pass-with-no-tests', ...rest];
    const status = await show(command, { ...env, DISPLAY: display.name });
    return countOf(file, status, (/** @type {PlaywrightReport} */ { stats }) => ({
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected,
      skipped: stats.skipped,
    }));
  } finally {
    display.close();
  }
}

try {
  const args = process.argv.slice(2);
  const cut = args.indexOf('--');
  const named = cut === -1 ? args : args.slice(0, cut);
  const rest = cut === -1 ? [] : args.slice(cut + 1);
  const unknown = named.find((name) => !parts.includes(name));
  if (unknown !== undefined)
    throw new SetupError(`There is no part "${unknown}" of the tests.`, `npm test -- ${parts.join(' | ')}`);
  const wanted = (/** @type {string} */ part) => named.length === 0 || named.includes(part);

  const made = await setUp(
    wanted('unit') || wanted('e2e')
      ? {
          system: ['compiler', 'window', 'display', 'tests'],
          tensor: true,
          electron: true,
          python: true,
        }
      : { system: [] },
  );
  const env = { ELECTRON_EXEC_PATH: made.electron, AMLP_PYTHON: made.python, TF_CPP_MIN_LOG_LEVEL: '3' };
  const counts = [];
  if (wanted('unit') || wanted('e2e')) counts.push(await build());
  if (wanted('check')) counts.push(checkCode());
  if (wanted('unit')) counts.push(await unit(rest, env));
  if (wanted('e2e')) counts.push(await endToEnd(rest, env));
  const count = sum(counts);
  say('');
  process.stdout.write(`${closingLine(count)}\n`);
  process.exitCode = count.failed > 0 ? 1 : 0;
} catch (error) {
  fail(error);
}
