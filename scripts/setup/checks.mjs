import { check, nodeProgram, sum } from './suites.mjs';

/**
 * What the code must satisfy without being run: types, the window's types, lint with the rule of layers, format.
 * @returns {import('./suites.mjs').Count}
 */
export function checkCode() {
  return sum([
    check('types (strict)', [...nodeProgram('typescript/bin/tsc'), '-p', 'tsconfig.json']),
    check('types of the window (svelte-check)', [
      ...nodeProgram('svelte-check/bin/svelte-check'),
      ...['--tsconfig', 'renderer/tsconfig.json', '--fail-on-warnings', '--output', 'human'],
    ]),
    check('lint, with the rule of layers', [
      ...nodeProgram('eslint/bin/eslint.js'),
      '.',
      '--max-warnings',
      '0',
    ]),
    check('format', [...nodeProgram('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']),
  ]);
}
