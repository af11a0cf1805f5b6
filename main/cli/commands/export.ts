import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import { findScans, chooseVolume } from '../scans';
import { assertOnGrid, readMask } from '../masks';
import type { Answer } from '../io';
import { formatList, writeSegments, type ExportFormat } from '../outputs';
import type { Register } from '../program';
import { alignedMask } from '../../imaging/mask/align';
import { StudioError } from '../../learning/store/failure';

interface Options {
  readonly series: string;
  readonly to: ExportFormat[];
  readonly out: string;
  readonly name?: string[];
  readonly seg: 'binary' | 'labelmap';
  readonly contours: 'sub-voxel' | 'voxel-exact';
  readonly holes: 'keyhole' | 'inner';
}

export const exportMasks: Register = (program, act, io) => {
  program
    .command('export')
    .description('writes NIfTI masks as RT-STRUCT, DICOM SEG or NIfTI on their series')
    .argument('<mask.nii.gz...>', 'one mask a segment')
    .requiredOption('--series <folder>', 'folder of the DICOM series that the masks lie on')
    .requiredOption('--to <formats>', 'rtstruct, seg, nifti', formatList)
    .requiredOption('--out <folder>', 'where the files go')
    .option('--name <segment...>', 'names of the segments, in order (default: the file names)')
    .addOption(
      new Option('--seg <kind>', 'how a DICOM SEG holds its segments')
        .choices(['binary', 'labelmap'])
        .default('binary'),
    )
    .addOption(
      new Option('--contours <style>', 'contours of an RT-STRUCT')
        .choices(['sub-voxel', 'voxel-exact'])
        .default('sub-voxel'),
    )
    .addOption(
      new Option('--holes <form>', 'holes in an RT-STRUCT: one contour with a channel, or inner contours')
        .choices(['keyhole', 'inner'])
        .default('keyhole'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  amlp-studio export GTV.nii.gz --series scans/ct --to rtstruct,seg --out exported --name GTV',
    )
    .action(
      act(async (masks: string[], options: Options): Promise<Answer> => {
        const plan = chooseVolume(await findScans(options.series, io.signal), options.series, undefined);
        const { geometry } = plan;
        if (geometry === null)
          throw new StudioError(
            `The slices in ${options.series} do not form a regular grid: ${plan.warnings.join(' ')}`,
            'Masks can be exported onto a whole, regular series only.',
          );
        const segments = [];
        const outside: string[] = [];
        for (const [n, file] of masks.entries()) {
          const placed = await readMask(file);
          const aligned = alignedMask(placed.mask, placed.geometry, geometry);
          if (aligned === null) assertOnGrid(`The mask ${file}`, placed.geometry, geometry, 'the series');
          const name = options.name?.at(n) ?? basename(file).replace(/\.nii(\.gz)?$/i, '');
          if (aligned !== null && aligned.outside > 0)
            outside.push(`"${name}": ${aligned.outside} voxels lie outside the scan.`);
          segments.push({ name, mask: aligned?.mask ?? placed.mask });
        }
        const { files, warnings: said } = await writeSegments(
          {
            folder: resolve(options.out),
            geometry,
            segments,
            plan,
            generation: 'MANUAL',
            forms: {
              segKind: options.seg,
              style: options.contours,
              keyholes: options.holes === 'keyhole',
            },
          },
          options.to,
        );
        const warnings = [...outside, ...said];
        return {
          json: { files, segments: segments.map(({ name }) => name), warnings },
          text: [...files, ...warnings].join('\n'),
        };
      }),
    );
};
