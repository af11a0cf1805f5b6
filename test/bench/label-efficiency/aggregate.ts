/** The bundled part of `npm run bench:label-efficiency -- --aggregate`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aggregate, claims } from '../../../main/cli/efficiency/aggregate';
import { learningCurves } from '../../../main/cli/efficiency/plot';
import { readRecords } from '../../../main/cli/efficiency/records';
import { bars, claimTable, resultTables, triedTable } from '../../../main/cli/efficiency/report';
import { CONFIG, DEVELOPMENT } from './config';

const { values } = parseArgs({
  options: { raw: { type: 'string' }, development: { type: 'string' }, out: { type: 'string' } },
});
const { raw = '', development = '', out = '' } = values;

const modalities = CONFIG.modalities.map(({ name }) => name);
const budgets = ['1p', '2p', '3p', '5p', 'all', '5s', '10s'];
const records = readRecords(raw);
const results = aggregate(records, modalities, budgets);
const found = claims(records, modalities);
const trials = readRecords(development);
const tried = aggregate(trials, modalities, ['1p']);
const machine = {
  processor: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
  system: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
  load: 'shared with other work throughout: processor seconds count, not the clock',
};
const file = (end: string): string => join(out, `label-efficiency.${end}`);
const precisionFile = file('precision.json');
const precision: unknown = existsSync(precisionFile) ? JSON.parse(readFileSync(precisionFile, 'utf8')) : null;
writeFileSync(
  file('json'),
  `${JSON.stringify({ config: CONFIG, development: DEVELOPMENT.parts, machine, runs: records.length, precision, claims: found, results, tried }, null, 1)}\n`,
);
writeFileSync(file('svg'), learningCurves(results, modalities));

/** Between two such marks stands what is made from the results; the rest of the page is written by hand. */
const page = file('md');
let text = existsSync(page) ? readFileSync(page, 'utf8') : '';
for (const [name, content] of [
  ['bars', bars(found, modalities)],
  ['claims', claimTable(found)],
  ['results', resultTables(results, modalities)],
  ['tried', triedTable(tried, modalities)],
  ['runs', `${records.length} runs, and ${trials.length} on patients of development.`],
]) {
  const mark = `<!-- ${name} -->`;
  const parts = text.split(mark);
  text =
    parts.length === 3
      ? [parts[0], `\n\n${content}\n\n`, parts[2]].join(mark)
      : `${text}\n${mark}\n\n${content}\n\n${mark}\n`;
}
writeFileSync(page, text);
process.stdout.write(`${records.length} runs, ${results.length} cells: ${page}\n`);
