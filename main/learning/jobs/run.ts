import type { JobContext } from './context';
import { runPretrain } from './pretrain';
import { runPropose } from './propose';
import type { JobResult, JobSpec } from './spec';
import { runTeach } from './teach';

/** Runs any job, in the engine's process or in the command line's. */
export function runJob(spec: JobSpec, context: JobContext): Promise<JobResult> {
  switch (spec.kind) {
    case 'pretrain':
      return runPretrain(spec, context);
    case 'teach':
      return runTeach(spec, context);
    case 'propose':
      return runPropose(spec, context);
  }
}
