/** The bundled part of `npm run bench:label-efficiency`; see label-efficiency.mjs. */
import { parseArgs } from 'node:util';
import { compareLabels } from '../../../main/cli/efficiency/compare';
import { labelledFolder } from '../../../main/cli/cases';
import { openRuntime } from '../../../models/runtime';
import { CONFIG, DEVELOPMENT } from './config';
import { Monai } from './monai';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    raw: { type: 'string' },
    work: { type: 'string' },
    python: { type: 'string' },
    script: { type: 'string' },
    development: { type: 'boolean', default: false },
  },
});
const { folder = '', raw = '', work = '', python, script = '' } = values;
const say = (text: string): void =>
  void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

let stop = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop = true;
    say('Stopping; finished runs are kept.');
  });
const runtime = await openRuntime({ prefer: 'cpu' });
const peer = python === undefined ? null : new Monai(python, script);
try {
  let said = '';
  await compareLabels(
    values.development ? DEVELOPMENT : CONFIG,
    labelledFolder(folder),
    folder,
    { raw, work },
    runtime,
    {
      will: () => (stop ? 'pause' : 'run'),
      report: ({ phase }) => {
        if (!phase.startsWith('Pretraining') || phase === said) return;
        said = phase;
        if (/epoch (1|\d*0) of/.test(phase)) say(phase);
      },
    },
    peer,
    {
      onRun: ({ modality, arm, seed, budget, patients, cpuSeconds, seconds, steps }, done, total) => {
        const dsc = patients.reduce((sum, one) => sum + one.dsc, 0) / patients.length;
        say(
          `${done}/${total} ${modality} ${arm} seed ${seed} ${budget}: DSC ${dsc.toFixed(3)}, ${steps} steps, ${cpuSeconds.toFixed(0)} processor seconds, ${seconds.toFixed(0)} s`,
        );
      },
      onSkip: ({ modality, arm, seed, budget }, why) =>
        say(`left out: ${modality} ${arm.name} seed ${seed} ${budget.name}: ${why}`),
    },
  );
} finally {
  peer?.end();
}
