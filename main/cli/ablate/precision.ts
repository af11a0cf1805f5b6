import { chooseReading, patchGrid, type ContouredSlice, type ReadingChoice } from '../../../models/amlp';
import { prepareCases } from '../../learning/cache/prepare';
import { labelledSlices } from '../../learning/cache/sources';
import { readLabels } from '../../learning/jobs/labels';
import { startingRecipe, type Preset } from '../../learning/profiles';
import { barChart } from '../report/charts';
import { labelledCases } from '../cases';
import type { Io } from '../io';
import type { DataFolder } from '../layouts';
import { localContext } from '../local';
import { describeReading } from '../../../models/amlp';

/** Lesion-patch precision of every reading on a labelled folder (Table VII). No training. */
export async function measureReadings(
  data: DataFolder,
  folder: string,
  channels: readonly string[],
  label: string,
  preset: Preset,
  cache: string,
  io: Io,
): Promise<ReadingChoice> {
  const { cases, geometries } = await labelledCases(data, folder, channels, label, null);
  const { slicing, patch } = startingRecipe(preset, channels, geometries);
  const { prepared } = await prepareCases(cases, slicing, cache, localContext(io), () => undefined);
  const labelled = [];
  for (const { ref, file } of prepared)
    labelled.push({
      file,
      patient: ref.patient,
      labels: await readLabels(ref, file.header.grid.native),
    });
  const source = labelledSlices(labelled, slicing.interpolation);
  try {
    const contoured: ContouredSlice[] = [];
    const mask = new Float32Array(source.size * source.size);
    for (let index = 0; index < source.count; index++) {
      source.readLabel(index, mask);
      if (!mask.includes(1)) continue;
      const image = new Float32Array(source.size * source.size * source.channels);
      source.read(index, image);
      contoured.push({ image, lesion: Uint8Array.from(mask, (v) => (v === 1 ? 1 : 0)) });
    }
    return chooseReading(contoured, patchGrid(slicing.size, patch), source.channels);
  } finally {
    source.close();
  }
}

export function precisionMarkdown({ ranking, chance, slices, sentence }: ReadingChoice): string {
  const rows = ranking.map(({ reading, precision, categories }) => [
    describeReading(reading),
    precision.toFixed(3),
    (precision / chance).toFixed(2),
    categories.foreground.patches.toFixed(2),
    categories.foreground.lesionPatches.toFixed(2),
    `${(100 * categories.foreground.precision).toFixed(1)} %`,
    `${(100 * categories.background.precision).toFixed(1)} %`,
  ]);
  const head = [
    'Reading',
    'Precision of the first quarter masked',
    'times chance',
    'foreground patches a slice',
    'of them lesion',
    'foreground precision',
    'background precision',
  ];
  return [
    '# Lesion-patch precision (Table VII)',
    '',
    `${slices} slices with a lesion; chance is ${chance.toFixed(3)}. ${sentence}`,
    '',
    ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n');
}

export const precisionPlot = ({ ranking, chance }: ReadingChoice): string =>
  barChart(
    [
      ...ranking.slice(0, 12).map(({ reading, precision }) => ({
        name: `${reading.clusterOn}, ${reading.patches}, ${reading.foreground}, ${reading.order}`.slice(
          0,
          34,
        ),
        value: precision,
      })),
      { name: 'chance', value: chance, color: '#9aa4b2' },
    ],
    'Share of lesion patches among the first quarter masked',
  ).html;
