import { execFileSync } from 'node:child_process';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { electronExecutable } from '../../e2e/launch';
import { bundle } from '../../learning/bundle';
import { explain } from '../../../main/learning/store/failure';

const electron = ((): string | null => {
  try {
    return electronExecutable();
  } catch {
    return null;
  }
})();
const roomy = freemem() > 5e9;
if (electron === null || !roomy)
  console.log('Tensors beyond 2 GiB in Electron are not tested: it needs Electron and 5 GB of free memory.');

test.skipIf(electron === null || !roomy)(
  'in Electron, a process lives on that takes more tensors than its allocator gives in one piece',
  { timeout: 300_000 },
  async () => {
    const folder = resolve('out', 'test', 'pool');
    await bundle({ 'pool-check': 'test/models/runtime/pool-check.ts' }, folder);
    const answer: unknown = JSON.parse(
      execFileSync(electron ?? '', [join(folder, 'pool-check.cjs'), '300'], {
        encoding: 'utf8',
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '3' },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    expect(answer).toMatchObject({ value: 1 });
    const { largest, takenBytes } = answer as { largest: number; takenBytes: number };
    expect(takenBytes).toBeGreaterThan(2 ** 31);
    expect(largest).toBeLessThan(2 ** 31);
  },
);

test('memory that is short is told in a sentence', () => {
  const error = new Error('Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[16,512,512]');
  expect(explain(error).sentence).toMatch(/not enough memory/);
});
