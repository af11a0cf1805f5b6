import { openRuntime, preferredBackend, type Runtime } from '../../models/runtime';
import type { VolumePlan } from '../imaging';
import type { JobContext } from '../learning/jobs/context';
import { runJob } from '../learning/jobs/run';
import type { JobProgress, JobResult, JobSpec } from '../learning/jobs/spec';
import { StudioError } from '../learning/store/failure';
import { openVolumeFile } from '../learning/volumes/open';
import { ProgressLine, type Io } from './io';
import { readPlan } from './scans';

let opened: Promise<Runtime> | null = null;

/** The tensor library of this process, opened once. */
export function sharedRuntime(): Promise<Runtime> {
  opened ??= openRuntime({ prefer: preferredBackend(process.env) }).catch((error: unknown) => {
    opened = null;
    throw new StudioError(
      `The tensor library cannot be used here: ${error instanceof Error ? error.message : String(error)}`,
      'Run `amlp-studio doctor`; it says what is missing and the line that mends it.',
      { cause: error },
    );
  });
  return opened;
}

/** Runs jobs in this very process; Ctrl-C lets them save and stop. */
export function localContext(
  io: Io,
  plans: ReadonlyMap<string, VolumePlan> = new Map(),
  report: (progress: JobProgress) => void = () => undefined,
): JobContext {
  return {
    runtime: sharedRuntime,
    openVolume: async ({ source }) => {
      if (source.kind === 'file') return openVolumeFile(source.file);
      const plan = plans.get(source.volumeId);
      if (!plan) throw new StudioError('A scan is no longer where it was.', 'Start again.');
      return readPlan(plan, io.signal);
    },
    report,
    will: () => (io.signal.aborted ? 'pause' : 'run'),
  };
}

/** Runs a job with its progress on standard error. */
export async function runLocally(
  spec: JobSpec,
  io: Io,
  plans?: ReadonlyMap<string, VolumePlan>,
  onProgress: (progress: JobProgress) => void = () => undefined,
): Promise<JobResult> {
  const line = new ProgressLine(io);
  try {
    return await runJob(
      spec,
      localContext(io, plans, (progress) => {
        line.show(progress.phase, progress.fraction, progress.secondsLeft);
        onProgress(progress);
      }),
    );
  } finally {
    line.end();
  }
}
