import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { applyFlips } from '../../imaging/mask/flips';
import { voxelCount } from '../../imaging/space/geometry';
import { readProposed } from '../../learning/jobs/propose';
import type { ProposeSpec } from '../../learning/jobs/spec';
import { readModelDescription } from '../../learning/registry/model-folder';
import { StudioError } from '../../learning/store/failure';
import { casesToSegment } from '../cases';
import { plural, table, type Answer } from '../io';
import { localContext, runLocally } from '../local';
import { formatList, writeSegments, type ExportFormat } from '../outputs';
import type { Register } from '../program';

interface Options {
  readonly model: string;
  readonly out: string;
  readonly to: ExportFormat[];
  readonly uncertainty?: boolean;
  readonly mirror: boolean;
}

/** File names keep what every system accepts. */
export const safeName = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 100);

export const segment: Register = (program, act, io) => {
  program
    .command('segment')
    .description('proposes contours with a taught model')
    .argument('<case or folder>', 'a NIfTI file, a case folder, a folder of cases, or DICOM')
    .requiredOption('--model <model>', 'folder of a taught model')
    .requiredOption('--out <folder>', 'where the proposals go, one folder a case')
    .option('--to <formats>', 'nifti, rtstruct, seg; the last two need DICOM', formatList, [
      'nifti',
    ] as ExportFormat[])
    .option('--uncertainty', 'also write how uncertain each voxel is (0 to 255)')
    .option('--no-mirror', 'four times faster, a little less exact')
    .addHelpText(
      'after',
      '\nExample:\n  amlp-studio segment labelled/sts/STS_020 --model models/ct-gtv --out proposals --uncertainty',
    )
    .action(
      act(async (path: string, options: Options): Promise<Answer> => {
        const { recipe, segments, kind, name } = readModelDescription(options.model);
        if (kind !== 'taught') throw notTaught(name);
        const { cases, plans } = await casesToSegment(path, recipe.channels, io);
        const context = localContext(io, plans);
        const rows: {
          case: string;
          segment: string;
          millilitres: number;
          files: string[];
          warnings: string[];
        }[] = [];
        for (const one of cases) {
          const folder = join(resolve(options.out), safeName(one.name));
          mkdirSync(folder, { recursive: true });
          const spec: ProposeSpec = {
            kind: 'propose',
            title: `Propose ${one.name}`,
            cache: join(folder, '.work'),
            work: join(folder, '.work'),
            case: one.ref,
            modelFolder: resolve(options.model),
            mirror: options.mirror,
            uncertainty: options.uncertainty === true,
            result: join(folder, 'proposal.safetensors'),
          };
          await runLocally(spec, io, plans);
          const proposed = readProposed(spec.result);
          const { geometry } = await context.openVolume(one.ref.channels[0]);
          const masks = proposed.segments.map(({ name: segmentName, flips }) => {
            const mask = new Uint8Array(voxelCount(geometry));
            applyFlips(mask, flips);
            return { name: segmentName, mask };
          });
          const { files, warnings } = await writeSegments(
            { folder, geometry, segments: masks, ...(one.plan ? { plan: one.plan } : {}) },
            options.to,
            options.uncertainty === true ? proposed.uncertainty : null,
          );
          for (const { name: segmentName, millilitres } of proposed.segments)
            rows.push({ case: one.name, segment: segmentName, millilitres, files, warnings });
        }
        return {
          json: { model: name, segments, proposals: rows },
          text: `${table(
            ['case', 'segment', 'ml'],
            rows.map((row) => [row.case, row.segment, row.millilitres.toFixed(1)]),
          )}\n${plural(cases.length, 'case')}, in ${resolve(options.out)}${[...new Set(rows.flatMap((row) => row.warnings))].map((warning) => `\n${warning}`).join('')}`,
        };
      }),
    );
};

const notTaught = (name: string): StudioError =>
  new StudioError(
    `The model "${name}" was never taught a contour.`,
    'Teach it first: amlp-studio finetune <labelled folder> --from <this model> …',
  );
