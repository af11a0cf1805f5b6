import { defineConfig } from '@playwright/test';

/** End-to-end tests in the real Electron. Pictures and traces stay in test-output/ as artifacts. */
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-output/e2e',
  // One application at a time: each test owns the display and both cores.
  workers: 1,
  fullyParallel: false,
  timeout: 8 * 60_000,
  // The driver now and then loses a question to the application and would wait for its answer for ever.
  retries: 1,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: 'test-output/e2e.json' }]],
  use: { screenshot: 'only-on-failure', trace: 'retain-on-failure' },
});
