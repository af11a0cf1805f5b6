import type { Claim, EfficiencyResult, Paired } from './aggregate';
import { efficiencyArm } from './arms';

const signed = (v: number): string => `${v < 0 ? '−' : '+'}${Math.abs(v).toFixed(3)}`;
const p = (v: number): string => (v < 0.001 ? '< 0.001' : v.toFixed(3));
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);

/** "2p" as people say it. */
export function budgetTitle(name: string): string {
  const match = /^(\d+)(p|s)$/.exec(name);
  if (!match) return name === 'all' ? 'all patients' : name;
  const what = match[2] === 'p' ? 'patient' : 'slice';
  return `${match[1]} ${what}${match[1] === '1' ? '' : 's'}`;
}

const pairedText = (one: Paired | null): string =>
  one === null
    ? 'not run yet'
    : `${signed(one.difference)} ± ${one.standard_error.toFixed(3)}, p ${p(one.p_wilcoxon)} (${one.patients} patients; seeds ${one.by_seed.map(signed).join(', ')})`;

/** What every arm reached, one table a modality. */
export function resultTables(results: readonly EfficiencyResult[], modalities: readonly string[]): string {
  const head = [
    'Labels',
    'Arm',
    'DSC',
    'SD, patients',
    'SD, seeds',
    'HD95 mm',
    'none proposed',
    'against scratch',
    'p',
    'seeds',
  ];
  return modalities
    .flatMap((modality) => [
      `### ${modality}`,
      '',
      ...table(
        head,
        results
          .filter((one) => one.modality === modality)
          .map((one) => [
            budgetTitle(one.labels),
            one.title,
            one.dsc_mean.toFixed(3),
            one.dsc_sd.toFixed(3),
            one.dsc_sd_seeds.toFixed(3),
            one.hd95_mean === null ? '–' : one.hd95_mean.toFixed(1),
            String(one.nothing_proposed),
            one.against_scratch
              ? `${signed(one.against_scratch.difference)} ± ${one.against_scratch.standard_error.toFixed(3)}`
              : '',
            one.against_scratch ? p(one.against_scratch.p_wilcoxon) : '',
            String(one.seed_count),
          ]),
      ),
      '',
    ])
    .join('\n');
}

/** What was tried on patients of development: an arm a row, a modality a column, each against from scratch. */
export function triedTable(results: readonly EfficiencyResult[], modalities: readonly string[]): string {
  const arms = [...new Map(results.map(({ arm, title }) => [arm, title]))];
  const cell = (arm: string, modality: string): string => {
    const one = results.find((result) => result.arm === arm && result.modality === modality);
    if (!one) return efficiencyArm(arm).only?.includes(modality) === false ? 'as AMLP' : 'not run';
    const { against_scratch: against } = one;
    const draws = `${one.seed_count} ${one.seed_count === 1 ? 'draw' : 'draws'}`;
    return against
      ? `${one.dsc_mean.toFixed(3)}; ${signed(against.difference)} ± ${against.standard_error.toFixed(3)} (${draws}: ${against.by_seed.map(signed).join(', ')})`
      : `${one.dsc_mean.toFixed(3)} (${draws})`;
  };
  return table(
    ['Tried, one patient contoured', ...modalities],
    arms.map(([arm, title]) => [title, ...modalities.map((modality) => cell(arm, modality))]),
  ).join('\n');
}

/** Each claim with its figure, one row a modality and budget. */
export const claimTable = (claims: readonly Claim[]): string =>
  table(
    ['Claim', 'Modality', 'Labels', 'mean difference in DSC ± standard error, Wilcoxon over patients'],
    claims.map((one) => [
      one.claim,
      one.modality,
      one.labels.split(', ').map(budgetTitle).join(', against '),
      pairedText(one.paired),
    ]),
  ).join('\n');

/** Mean over some budgets of an arm over from scratch, a modality at a time; null where one is not there yet. */
function gainOf(
  claims: readonly Claim[],
  arm: string,
  modality: string,
  budgets: readonly string[],
): number | null {
  const found = budgets.map(
    (budget) =>
      claims.find(
        (one) => one.claim === `${arm} over scratch` && one.modality === modality && one.labels === budget,
      )?.paired,
  );
  return found.every((one) => one !== null && one !== undefined)
    ? found.reduce((sum, one) => sum + (one?.difference ?? 0), 0) / found.length
    : null;
}

/** The bars of the comparison with what was reached, from the claims alone. */
export function bars(claims: readonly Claim[], modalities: readonly string[]): string {
  const gainsOf = (arm: string, title: string, budgets: readonly string[] = ['1p', '2p']): string[] => {
    const gains = modalities.map((modality) => ({
      modality,
      gain: gainOf(claims, arm, modality, budgets),
    }));
    const reached = gains.filter(({ gain }) => gain !== null && gain >= 0.05).length;
    return [
      `${title} over from scratch, mean of ${budgets.map(budgetTitle).join(' and ')}: at least +0.05 DSC on two of three modalities`,
      gains
        .map(({ modality, gain }) => `${modality} ${gain === null ? 'not complete' : signed(gain)}`)
        .join(', '),
      reached >= 2
        ? 'yes'
        : gains.some(({ gain }) => gain === null)
          ? 'not run yet'
          : `no (${reached} of ${modalities.length})`,
    ];
  };
  const twice = claims.filter((one) => one.claim === 'amlp at k over scratch at 2k' && one.paired);
  const equal = twice.filter((one) => (one.paired?.difference ?? -1) >= 0);
  // The stronger of the two kinds of normalisation, by what it reaches in all modalities.
  const peer = claims.filter((one) => one.claim === 'amlp over monai' && one.paired);
  const better = peer.filter((one) => (one.paired?.difference ?? -1) > 0);
  const list = (some: readonly Claim[]): string =>
    some
      .map((one) => `${one.modality} at ${one.labels.split(', ').map(budgetTitle).join(' against ')}`)
      .join('; ');
  return table(
    ['Bar', 'Found', 'Reached'],
    [
      gainsOf('amlp', 'AMLP'),
      gainsOf('amlp-decoder', 'AMLP, decoder carried over too,'),
      gainsOf('amlp-self', 'AMLP and self-training'),
      gainsOf('amlp', 'AMLP', ['5s', '10s']),
      gainsOf('amlp-self', 'AMLP and self-training', ['5s', '10s']),
      gainsOf('amlp-decoder-self', 'AMLP, decoder carried over too, and self-training'),
      [
        'AMLP at k labels not worse than from scratch at 2k, on at least one modality',
        equal.length > 0 ? list(equal) : `none of ${twice.length}`,
        equal.length > 0 ? 'yes' : twice.length === 0 ? 'not run yet' : 'no',
      ],
      [
        'Better than MONAI’s U-Net (batch normalisation) at the smallest budgets, equal processor time',
        `${better.length} of ${peer.length}${better.length > 0 ? `: ${list(better)}` : ''}`,
        peer.length === 0 ? 'not run yet' : better.length === peer.length ? 'yes' : 'in part',
      ],
    ],
  ).join('\n');
}
