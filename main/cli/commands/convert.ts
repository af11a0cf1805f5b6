import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeNiftiVolume, type Volume } from '../../imaging';
import { writeAtomic } from '../../learning/store/atomic';
import { StudioError } from '../../learning/store/failure';
import { isVolumeFile, openVolumeFile } from '../../learning/volumes/open';
import { ProgressLine, type Answer, type Io } from '../io';
import { UsageError, type Register } from '../program';
import { chooseVolume, findScans, readPlan } from '../scans';

interface Options {
  readonly out: string;
  readonly series?: string;
  readonly suv?: boolean;
}

async function read(path: string, { series, suv }: Options, io: Io): Promise<Volume> {
  if (!existsSync(path)) throw new StudioError(`There is no ${path}.`, 'Check the path.');
  if (!statSync(path).isDirectory() && isVolumeFile(path)) {
    if (suv)
      throw new StudioError(
        `${path} does not carry the dose and weight that SUV needs.`,
        'Give the folder of the DICOM series.',
      );
    return openVolumeFile(path);
  }
  // One slice of a series stands for all of it.
  const folder = statSync(path).isDirectory() ? path : dirname(resolve(path));
  const line = new ProgressLine(io);
  const found = await findScans(folder, io.signal, (files) =>
    line.show(`Reading headers, ${files} files`, 0, null),
  );
  line.end();
  const plan = chooseVolume(found, folder, series);
  return readPlan(plan, io.signal, suv ? 'bw' : undefined);
}

export const convert: Register = (program, act, io) => {
  program
    .command('convert')
    .description('writes one volume as NIfTI, in HU, SUV or stored units')
    .argument('<folder or file>', 'a DICOM folder, or a NIfTI, NRRD or MetaImage file')
    .requiredOption('--out <volume.nii.gz>', 'file to write, .nii or .nii.gz')
    .option('--series <uid>', 'which series, where the folder holds several')
    .option('--suv', 'PET as SUV by body weight')
    .addHelpText('after', '\nExample:\n  amlp-studio convert scans/pet --suv --out pet-suv.nii.gz')
    .action(
      act(async (path: string, options: Options): Promise<Answer> => {
        if (!/\.nii(\.gz)?$/.test(options.out)) throw new UsageError('--out must end in .nii or .nii.gz.');
        const volume = await read(path, options, io);
        writeAtomic(options.out, [writeNiftiVolume(volume, { gzip: options.out.endsWith('.gz') })]);
        const { geometry, unit, modality, remarks } = volume;
        return {
          json: {
            file: resolve(options.out),
            modality,
            unit,
            size: geometry.size,
            spacing: geometry.spacing,
            origin: geometry.origin,
            axes: geometry.axes,
            remarks,
          },
          text: [
            `${resolve(options.out)}: ${geometry.size.join('×')} voxels of ${geometry.spacing.map((s) => s.toFixed(3)).join('×')} mm, ${unit}`,
            ...remarks,
          ].join('\n'),
        };
      }),
    );
};
