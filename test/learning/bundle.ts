import { resolve } from 'node:path';
import { build } from 'vite';

/** Builds entries of the application the way electron-vite does, for tests that start real processes. */
export async function bundle(entries: Readonly<Record<string, string>>, folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['node'] },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rollupOptions: {
        external: ['electron', '@tensorflow/tfjs-node-gpu', '@photostructure/sqlite', 'webgpu'],
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, resolve(file)])),
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' },
      },
    },
    ssr: {
      noExternal: true,
      external: ['electron', '@tensorflow/tfjs-node-gpu', '@photostructure/sqlite', 'webgpu'],
    },
  });
}
