/**
 * Runs one job in a process of its own, which the tests end at will: `node run-job.cjs <spec.json> [<step>]` kills
 * itself, as a crash would, right after that step of the whole run. Prints one line of JSON a point of the curve, and
 * at the end `{ steps, residentBytes }`, the most that it held while learning.
 */
import { readFileSync } from 'node:fs';
import { openRuntime, type Runtime } from '../../models/runtime';
import { runJob } from '../../main/learning/jobs/run';
import { jobSpecSchema } from '../../main/learning/jobs/spec';
import { openVolumeFile } from '../../main/learning/volumes/open';

const [file = '', last = 'Infinity'] = process.argv.slice(2);
let opened: Promise<Runtime> | null = null;
let steps = 0;
let residentBytes = 0;

runJob(jobSpecSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), {
  runtime: () => (opened ??= openRuntime({ prefer: 'cpu' })),
  openVolume: async ({ source }) => {
    if (source.kind !== 'file') throw new Error('These tests have no archive.');
    return openVolumeFile(source.file);
  },
  report: ({ phase, point }) => {
    if (point) process.stdout.write(`${JSON.stringify(point)}\n`);
    else if (/, step \d+ of/.test(phase)) {
      residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
      if (++steps > Number(last)) process.kill(process.pid, 'SIGKILL');
    }
  },
  will: () => 'run',
}).then(
  () => process.stdout.write(`${JSON.stringify({ steps, residentBytes })}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
