import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

/** Native or large packages that the packaged app carries as they are. */
const external = ['electron', '@tensorflow/tfjs-node-gpu', '@photostructure/sqlite', 'webgpu'];

export default defineConfig({
  main: {
    build: {
      target: 'node20',
      outDir: 'out/main',
      externalizeDeps: false,
      rollupOptions: {
        external,
        // Every process that main starts is an entry of its own, and so is every thread of the engine.
        input: {
          index: resolve('main/index.ts'),
          engine: resolve('main/learning/engine/process.ts'),
          feeder: resolve('main/learning/feeding/feeder.ts'),
          'archive-worker': resolve('main/archive/worker/process.ts'),
          cli: resolve('main/cli/index.ts'),
        },
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' },
      },
    },
  },
  preload: {
    build: {
      target: 'node20',
      outDir: 'out/preload',
      externalizeDeps: false,
      rollupOptions: {
        external: ['electron'],
        input: { index: resolve('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [svelte()],
    worker: { format: 'es' },
    build: {
      target: 'chrome130',
      outDir: 'out/renderer',
      sourcemap: false,
      rollupOptions: { input: resolve('renderer/index.html') },
    },
  },
});
