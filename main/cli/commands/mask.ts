import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { importMasks } from '../../imaging';
import { voxelMillilitres } from '../../imaging/space/geometry';
import { StudioError } from '../../learning/store/failure';
import { table, type Answer } from '../io';
import { writeSegments } from '../outputs';
import { UsageError, type Register } from '../program';
import { chooseVolume, findScans, readPlan } from '../scans';

interface Options {
  readonly series: string;
  readonly out: string;
  readonly grid: string;
}

export const mask: Register = (program, act, io) => {
  program
    .command('mask')
    .description('writes the segments of an RT-STRUCT or DICOM SEG as one NIfTI mask each')
    .argument('<rtstruct or seg>', 'the file')
    .requiredOption('--series <folder>', 'folder of the DICOM series that it belongs to')
    .requiredOption('--out <folder>', 'where the masks go')
    .option('--grid <which>', 'native: the grid of the series', 'native')
    .addHelpText('after', '\nExample:\n  amlp-studio mask RTSTRUCT.dcm --series scans/ct --out masks')
    .action(
      act(async (file: string, options: Options): Promise<Answer> => {
        if (options.grid !== 'native') throw new UsageError('--grid knows only "native".');
        if (!existsSync(file)) throw new StudioError(`There is no file ${file}.`, 'Check the path.');
        const found = await findScans(options.series, io.signal);
        const plan = chooseVolume(found, options.series, undefined);
        const geometry = plan.geometry ?? (await readPlan(plan, io.signal)).geometry;
        const { segments, warnings } = await importMasks(
          await readFile(file),
          {
            geometry,
            frameOfReference: plan.frameOfReference,
            patientId: plan.patientId,
            sopInstanceUids: new Set(plan.frames.map((frame) => frame.sopInstanceUid)),
          },
          { resample: true },
        );
        const written = await writeSegments({ folder: resolve(options.out), geometry, segments }, ['nifti']);
        const rows = segments.map(({ name, mask: voxels }) => ({
          name,
          millilitres: voxels.reduce((n, v) => n + v, 0) * voxelMillilitres(geometry),
        }));
        const remarks = [...warnings, ...written.warnings];
        return {
          json: { files: written.files, segments: rows, warnings: remarks },
          text: [
            table(
              ['segment', 'ml'],
              rows.map(({ name, millilitres }) => [name, millilitres.toFixed(2)]),
            ),
            ...remarks,
          ].join('\n'),
        };
      }),
    );
};
