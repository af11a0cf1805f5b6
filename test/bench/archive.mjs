#!/usr/bin/env node
/** `npm run bench:archive [-- --files N]`: indexes a generated archive of N DICOM files (100,000 by default). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const { values } = parseArgs({ options: { files: { type: 'string', default: '100000' } } });
const folder = mkdtempSync(join(tmpdir(), 'amlp-bench-archive-'));
const external = ['electron', '@photostructure/sqlite'];
try {
  // The bundles find the native package where node_modules is.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [name, entry] of [
    ['large', 'test/bench/archive/large.ts'],
    ['archive-worker', 'main/archive/worker/process.ts'],
  ])
    await build({
      configFile: false,
      logLevel: 'error',
      ssr: { noExternal: true, external },
      build: {
        ssr: true,
        target: 'node20',
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        rollupOptions: {
          input: { [name]: resolve(entry) },
          external: [/^node:/, ...external],
          output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: `${name}-[hash].cjs` },
        },
      },
    });
  const { status } = spawnSync(process.execPath, [join(folder, 'large.cjs'), values.files, folder], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
