import type { JobContext } from './context';
import { runMeasure } from './measure';
import { runPretrain } from './pretrain';
import { runPropose } from './propose';
import type { JobResult, EngineSpec } from './spec';
import { runTeach } from './teach';

/** Runs any job, in the engine's process or in the command line's. */
export function runJob(spec: EngineSpec, context: JobContext): Promise<JobResult> {
  switch (spec.kind) {
    case 'pretrain':
      return runPretrain(spec, context);
    case 'teach':
      return runTeach(spec, context);
    case 'measure':
      return runMeasure(spec, context);
    case 'propose':
      return runPropose(spec, context);
  }
}
