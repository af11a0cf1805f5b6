import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../learning/store/failure';

/** A mask in a labelled folder: the voxels of `file` whose value is in `values` (null: every value but zero). */
export interface LabelFile {
  readonly file: string;
  readonly values: readonly number[] | null;
}

export interface DataCase {
  readonly id: string;
  readonly channels: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, LabelFile>;
}

/** A folder of NIfTI cases, in whichever of the usual layouts it is. */
export interface DataFolder {
  readonly layout: 'plain' | 'nnU-Net v2' | 'BraTS' | 'HECKTOR';
  readonly cases: readonly DataCase[];
}

const suffix = /\.nii(\.gz)?$/i;
const isVolumeFile = (name: string): boolean => suffix.test(name);
const stem = (file: string): string => basename(file).replace(suffix, '');

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);
const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

const datasetSchema = z.object({
  channel_names: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
  file_ending: z.string(),
});

/** nnU-Net v2: imagesTr/<case>_0000.nii.gz, labelsTr/<case>.nii.gz, names and values in dataset.json. */
function readNnUNet(folder: string): DataCase[] {
  const parsed = datasetSchema.safeParse(JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8')));
  if (!parsed.success)
    throw new StudioError(
      `${join(folder, 'dataset.json')} is not that of nnU-Net v2.`,
      'It needs channel_names, labels and file_ending; version 1 can be converted with nnU-Net itself.',
    );
  const { channel_names: channels, labels, file_ending: ending } = parsed.data;
  const cases = new Map<string, Map<string, string>>();
  for (const name of list(join(folder, 'imagesTr'))) {
    if (!name.endsWith(ending)) continue;
    const match = /^(.*)_(\d{4})$/.exec(name.slice(0, -ending.length));
    const channel = match && channels[String(Number(match[2]))];
    if (!match || !channel) continue;
    const found = cases.get(match[1]) ?? new Map<string, string>();
    cases.set(match[1], found.set(channel, join(folder, 'imagesTr', name)));
  }
  return [...cases].map(([id, files]) => {
    const file = join(folder, 'labelsTr', id + ending);
    const masks = Object.entries(labels).filter(([name]) => name !== 'background' && name !== 'ignore');
    return {
      id,
      channels: files,
      labels: new Map(
        existsSync(file) ? masks.map(([name, value]) => [name, { file, values: [value].flat() }]) : [],
      ),
    };
  });
}

/** HECKTOR 2022: imagesTr/<case>__CT.nii.gz and __PT, labelsTr/<case>.nii.gz with 1 = GTVp, 2 = GTVn. */
function readHecktor(folder: string): DataCase[] {
  const cases = new Map<string, Map<string, string>>();
  for (const name of list(join(folder, 'imagesTr'))) {
    const match = /^(.+)__(CT|PT)\.nii(?:\.gz)?$/.exec(name);
    if (!match) continue;
    const found = cases.get(match[1]) ?? new Map<string, string>();
    cases.set(match[1], found.set(match[2] === 'PT' ? 'PET' : 'CT', join(folder, 'imagesTr', name)));
  }
  return [...cases].map(([id, channels]) => {
    const file = ['.nii.gz', '.nii'].map((end) => join(folder, 'labelsTr', id + end)).find(existsSync);
    return {
      id,
      channels,
      labels: new Map<string, LabelFile>(
        file
          ? [
              ['GTV', { file, values: null }],
              ['GTVp', { file, values: [1] }],
              ['GTVn', { file, values: [2] }],
            ]
          : [],
      ),
    };
  });
}

const bratsChannels: Readonly<Record<string, string>> = {
  t1: 'T1',
  t1n: 'T1',
  t1ce: 'T1CE',
  t1c: 'T1CE',
  t2: 'T2',
  t2w: 'T2',
  flair: 'FLAIR',
  t2f: 'FLAIR',
};

/** BraTS: <case>/<case>_t1ce.nii.gz (to 2021) or <case>-t1c.nii.gz (from 2023), seg with 1, 2 and 4 or 3. */
function readBrats(folder: string): DataCase[] {
  return list(folder).flatMap((id): DataCase[] => {
    if (!isFolder(join(folder, id))) return [];
    const channels = new Map<string, string>();
    let seg: string | null = null;
    for (const name of list(join(folder, id)).filter(isVolumeFile)) {
      const part = /^[_-](\w+)$/.exec(stem(name).slice(id.length))?.[1].toLowerCase();
      if (!stem(name).startsWith(id) || part === undefined) continue;
      if (part === 'seg') seg = join(folder, id, name);
      else if (Object.hasOwn(bratsChannels, part)) channels.set(bratsChannels[part], join(folder, id, name));
    }
    if (channels.size === 0) return [];
    const labels = new Map<string, LabelFile>(
      seg
        ? [
            ['WT', { file: seg, values: null }],
            ['TC', { file: seg, values: [1, 3, 4] }],
            ['ET', { file: seg, values: [3, 4] }],
          ]
        : [],
    );
    return [{ id, channels, labels }];
  });
}

/** <case>/<name>.nii.gz: which files are channels and which labels is for the command to say. */
function readPlain(folder: string): DataCase[] {
  return list(folder).flatMap((id): DataCase[] => {
    if (!isFolder(join(folder, id))) return [];
    const files = list(join(folder, id)).filter(isVolumeFile);
    if (files.length === 0) return [];
    const named = files.map((name) => [stem(name), join(folder, id, name)] as const);
    return [
      {
        id,
        channels: new Map(named),
        labels: new Map(named.map(([name, file]) => [name, { file, values: null }])),
      },
    ];
  });
}

/** Reads what is in a folder of cases; null where it is no such folder (a DICOM archive, say). */
export function readDataFolder(folder: string): DataFolder | null {
  if (!isFolder(folder))
    throw new StudioError(`There is no folder ${folder}.`, 'Check the path; names are case-sensitive.');
  if (existsSync(join(folder, 'dataset.json'))) return { layout: 'nnU-Net v2', cases: readNnUNet(folder) };
  const hecktor = readHecktor(folder);
  if (hecktor.length > 0) return { layout: 'HECKTOR', cases: hecktor };
  const brats = readBrats(folder);
  if (brats.length > 0) return { layout: 'BraTS', cases: brats };
  const plain = readPlain(folder);
  return plain.length > 0 ? { layout: 'plain', cases: plain } : null;
}

const some = (names: Iterable<string>): string => [...new Set(names)].sort().slice(0, 12).join(', ');

/** The cases that have every channel. @throws StudioError naming what there is instead */
export function casesWith(data: DataFolder, folder: string, channels: readonly string[]): DataCase[] {
  const found = data.cases.filter((one) => channels.every((name) => one.channels.has(name)));
  if (found.length === 0)
    throw new StudioError(
      `No case in ${folder} has ${channels.join(' and ')}.`,
      `The channels there are: ${some(data.cases.flatMap((one) => [...one.channels.keys()])) || 'none'}.`,
    );
  return found;
}

/** The label of a case. @throws StudioError naming the case and what there is instead */
export function labelOf(one: DataCase, name: string): LabelFile {
  const label = one.labels.get(name);
  if (!label)
    throw new StudioError(
      `Case ${one.id} has no label "${name}".`,
      `Its labels are: ${some(one.labels.keys()) || 'none'}.`,
    );
  return label;
}
