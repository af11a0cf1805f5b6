import { defineConfig } from '@playwright/test';

/** The benchmark of the window is driven like an end-to-end test, but is none: it measures and does not judge. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../../../test-output/bench-window',
  workers: 1,
  timeout: 20 * 60_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
});
