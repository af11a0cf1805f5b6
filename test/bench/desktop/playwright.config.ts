import { defineConfig } from '@playwright/test';

/** Driven like an end-to-end test, but it measures and does not judge. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../../../test-output/bench-desktop',
  workers: 1,
  timeout: 25 * 60_000,
  expect: { timeout: 120_000 },
  reporter: [['list']],
});
