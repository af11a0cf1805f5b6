import type { VolumePlan } from '../imaging';
import { estimateRun, representative, sentenceOf, type Plan } from '../learning/jobs/estimate';
import { runMeasure } from '../learning/jobs/measure';
import { unlabelledCases } from '../learning/jobs/unlabelled';
import type { PretrainSpec, TeachSpec } from '../learning/jobs/spec';
import type { FoundCases } from './cases';
import type { Io } from './io';
import { localContext } from './local';

/** Scans that are prepared and learnt from a little, to tell how long all of them will take. */
const sampled = 2;

type Placed = Plan['cases'][number];
type Grids = Pick<FoundCases, 'cases' | 'geometries'>;

const placed = ({ cases, geometries }: Grids): Placed[] =>
  cases.map((ref, n) => ({ ref, geometry: geometries[n] }));

/**
 * Tells time and disk of a run before it starts, from a short measurement of its very steps on two of its scans.
 * @param found the run's cases, each with its grid
 * @param others scans without contours that teach as well
 * @returns what was told, for the run's report; undefined where the scans are too few to measure anything
 */
export async function tellEstimate(
  spec: PretrainSpec | TeachSpec,
  found: Grids,
  io: Io,
  plans?: ReadonlyMap<string, VolumePlan>,
  others: Grids = { cases: [], geometries: [] },
): Promise<{ readonly seconds: number; readonly diskBytes: number } | undefined> {
  const { kind, preset, recipe, batch, epochs, cache } = spec;
  const cases = placed(found);
  // A scan that stands for its neighbours lends them its own grid; it alone is of that size for certain.
  const opened = cases.filter(({ geometry }, n) => n === 0 || geometry !== cases[n - 1].geometry);
  io.err('Measuring how fast this machine is …\n');
  const { speed } = await runMeasure(
    {
      ...{ kind: 'measure', title: 'Measure', work: spec.work, cache, preset, recipe, batch, mode: kind },
      cases: representative(opened, sampled).map(({ ref }) => ref),
    },
    localContext(io, plans),
  );
  if (speed === undefined) return undefined;
  const estimate = estimateRun(
    {
      ...{ kind, preset, recipe, batch, epochs, cases, cache },
      ...(spec.kind === 'teach'
        ? { judged: judgedSlices(spec, cases), unlabelled: withoutContours(spec, others) }
        : {}),
    },
    speed,
  );
  const early = spec.kind === 'teach' && spec.heldBack ? ' It may stop earlier.' : '';
  io.err(`${sentenceOf(estimate, cases.length)}${early}\n`);
  return { seconds: estimate.seconds, diskBytes: estimate.diskBytes };
}

/** The scans without contours that a run will read, with their grids. */
function withoutContours(spec: TeachSpec, others: Grids): Placed[] {
  const read = new Set(unlabelledCases(spec).map(({ id }) => id));
  return placed(others).filter(({ ref }) => read.has(ref.id));
}

const judgedSlices = ({ cases }: TeachSpec, all: readonly Placed[]): number =>
  cases.reduce(
    (n, { label }, c) =>
      n +
      (label.kind === 'files' ? (label.slices?.length ?? all[c].geometry.size[2]) : all[c].geometry.size[2]),
    0,
  );
