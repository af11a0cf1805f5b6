/** The bundled part of `npm run bench:label-efficiency -- --precision`: Table VII on the benchmark's patients. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { labelledFolder } from '../../../main/cli/cases';
import { ModalityData } from '../../../main/cli/efficiency/data';
import { developmentPatients } from '../../../main/cli/efficiency/plan';
import { chooseReading, describeReading, patchGrid, type ContouredSlice } from '../../../models/amlp';
import { CONFIG } from './config';

const { values } = parseArgs({ options: { folder: { type: 'string' }, out: { type: 'string' } } });
const { folder = '', out = '' } = values;
const round = (v: number): number => Number(v.toFixed(3));

/** Contoured slices of some patients that show a lesion. */
async function contoured(data: ModalityData, ids: readonly string[]): Promise<ContouredSlice[]> {
  const source = await data.labelled(ids);
  const found: ContouredSlice[] = [];
  const label = new Float32Array(source.size ** 2);
  for (let index = 0; index < source.count; index++) {
    source.readLabel(index, label);
    if (!label.includes(1)) continue;
    const image = new Float32Array(source.size ** 2 * source.channels);
    source.read(index, image);
    found.push({ image, lesion: Uint8Array.from(label, (v) => (v === 1 ? 1 : 0)) });
  }
  return found;
}

const rows = [];
for (const modality of CONFIG.modalities) {
  const data = await ModalityData.load(labelledFolder(folder), folder, modality);
  const development = developmentPatients(data.ids, CONFIG.development);
  const tested = data.ids.filter((id) => !development.includes(id));
  const grid = patchGrid(data.slicing.size, data.patch);
  const channels = modality.channels.length;
  // Chosen by the contours of the patients of development alone, from the profile's starting value.
  const chosen = chooseReading(await contoured(data, development), grid, channels, {
    preferred: data.reading,
  }).reading;
  const all = chooseReading(await contoured(data, tested), grid, channels);
  const found = (reading: typeof chosen): { readonly precision: number; readonly chance: number } =>
    all.ranking.find((one) => JSON.stringify(one.reading) === JSON.stringify(reading)) ?? {
      precision: NaN,
      chance: NaN,
    };
  const row = {
    modality: modality.name,
    slices: all.slices,
    chance: round(all.chance),
    starting: { reading: describeReading(data.reading), precision: round(found(data.reading).precision) },
    chosen: {
      reading: describeReading(chosen),
      precision: round(found(chosen).precision),
      timesChance: round(found(chosen).precision / all.chance),
      /** Beside a random order of the patches that take part alone: air is then no help. */
      chanceOfThese: round(found(chosen).chance),
      timesChanceOfThese: round(found(chosen).precision / found(chosen).chance),
    },
    readings: all.ranking.map((one) => ({
      reading: describeReading(one.reading),
      precision: round(one.precision),
    })),
  };
  rows.push(row);
  process.stderr.write(
    `${row.modality}: chance ${row.chance}, chosen ${row.chosen.reading}, ${row.chosen.precision}\n`,
  );
}
writeFileSync(out, `${JSON.stringify(rows, null, 1)}\n`);
