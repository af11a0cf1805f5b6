import { defineConfig } from '@playwright/test';

/** Long runs in the real Electron: `npm run test:soak` and `npm run test:crash`. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-output/endurance',
  workers: 1,
  fullyParallel: false,
  timeout: 24 * 3_600_000,
  expect: { timeout: 120_000 },
  reporter: [['line']],
  use: { screenshot: 'only-on-failure' },
});
