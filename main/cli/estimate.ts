import type { VolumePlan } from '../imaging';
import type { VolumeGeometry } from '../imaging/space/geometry';
import { estimateRun, representative, sentenceOf, type Plan } from '../learning/jobs/estimate';
import { runMeasure } from '../learning/jobs/measure';
import { unlabelledCases } from '../learning/jobs/unlabelled';
import type { CaseRef, PretrainSpec, TeachSpec } from '../learning/jobs/spec';
import type { Io } from './io';
import { localContext } from './local';

/** Scans that are prepared and learnt from a little, to tell how long all of them will take. */
const sampled = 2;

/**
 * Tells time and disk of a run before it starts, from a short measurement of its very steps on two of its scans.
 * @returns what was told, for the run's report; undefined where the scans are too few to measure anything
 */
export async function tellEstimate(
  spec: PretrainSpec | TeachSpec,
  refs: readonly CaseRef[],
  geometries: readonly VolumeGeometry[],
  io: Io,
  plans?: ReadonlyMap<string, VolumePlan>,
): Promise<{ readonly seconds: number; readonly diskBytes: number } | undefined> {
  const { kind, preset, recipe, batch, epochs, cache } = spec;
  // Of many scans only some are opened beforehand: their grids stand for the others'.
  const placed = (ref: CaseRef, n: number): Plan['cases'][number] => ({
    ref,
    geometry: geometries[n % geometries.length],
  });
  const cases = refs.map(placed);
  io.err('Measuring how fast this machine is …\n');
  const { speed } = await runMeasure(
    {
      ...{ kind: 'measure', title: 'Measure', work: spec.work, cache, preset, recipe, batch, mode: kind },
      cases: representative(cases, sampled).map(({ ref }) => ref),
    },
    localContext(io, plans),
  );
  if (speed === undefined) return undefined;
  const estimate = estimateRun(
    {
      ...{ kind, preset, recipe, batch, epochs, cases, cache },
      ...(spec.kind === 'teach'
        ? { judged: judgedSlices(spec, cases), unlabelled: unlabelledCases(spec).map(placed) }
        : {}),
    },
    speed,
  );
  const early = spec.kind === 'teach' && spec.heldBack ? ' It may stop earlier.' : '';
  io.err(`${sentenceOf(estimate, cases.length)}${early}\n`);
  return { seconds: estimate.seconds, diskBytes: estimate.diskBytes };
}

const judgedSlices = ({ cases }: TeachSpec, all: readonly { readonly geometry: VolumeGeometry }[]): number =>
  cases.reduce(
    (n, { label }, c) =>
      n +
      (label.kind === 'files' ? (label.slices?.length ?? all[c].geometry.size[2]) : all[c].geometry.size[2]),
    0,
  );
