import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

/** Packages that the built processes load as they are. */
const external = ['electron', '@tensorflow/tfjs-node-gpu', '@photostructure/sqlite', 'webgpu'];

/** What a bundle depends on: every source file, by time and size. */
function stateOf(folder: string): string {
  const lines: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else {
        const { mtimeMs, size } = statSync(path);
        lines.push(`${path} ${mtimeMs} ${size}`);
      }
    }
  };
  walk(folder);
  return lines.join('\n');
}

/**
 * Bundles an entry of `main/` as the application's build does, into test-output, unless it is there already; for
 * tests that run the real process in plain Node.
 * @param name name of the bundle. @param entry source file from the checkout's top
 * @returns the folder that holds `<name>.cjs`
 */
export async function builtProcess(name: string, entry: string): Promise<string> {
  const state = createHash('sha256')
    .update(['main', 'models', 'preload'].map((f) => stateOf(resolve(f))).join('\n'))
    .digest('hex')
    .slice(0, 16);
  const folder = resolve('test-output', 'processes', state);
  const stamp = join(folder, `${name}.stamp`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return folder;
  mkdirSync(folder, { recursive: true });
  await build({
    root: resolve('.'),
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
  writeFileSync(stamp, state);
  return folder;
}
