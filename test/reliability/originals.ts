/** Real files that are mutated, and how a copy of one is told from another. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gunzipSync } from 'node:zlib';
import { dataPath } from '../data';

export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Slices of the same series that are left as they are. */
  readonly siblings: readonly Uint8Array[];
  readonly kind: 'scan' | 'contours';
}

const read = (...parts: string[]): Uint8Array => readFileSync(dataPath(...parts));

/** MetaImage files, raw and compressed, with and without a turned grid: the shared scans hold none. */
function metaImages(): Uint8Array[] {
  const size = [24, 20, 6];
  const voxels = Buffer.alloc(size[0] * size[1] * size[2] * 2);
  for (let n = 0; n < voxels.length / 2; n++) voxels.writeInt16LE(((n * 37) % 2000) - 1000, 2 * n);
  const turned = '0.8 0.6 0 -0.6 0.8 0 0 0 1';
  return ['1 0 0 0 1 0 0 0 1', turned].flatMap((matrix) =>
    [false, true].map((isCompressed) => {
      const body = isCompressed ? deflateSync(voxels) : voxels;
      const header = [
        'ObjectType = Image',
        'NDims = 3',
        'BinaryData = True',
        'BinaryDataByteOrderMSB = False',
        `CompressedData = ${isCompressed ? 'True' : 'False'}`,
        ...(isCompressed ? [`CompressedDataSize = ${body.length}`] : []),
        `TransformMatrix = ${matrix}`,
        'Offset = -31.5 12.25 400',
        'ElementSpacing = 1.5 1.25 3',
        `DimSize = ${size.join(' ')}`,
        'ElementType = MET_SHORT',
        'ElementDataFile = LOCAL',
      ];
      return Buffer.concat([Buffer.from(`${header.join('\n')}\n`, 'latin1'), body]);
    }),
  );
}

export function originals(): Original[] {
  const list: Original[] = [];
  const scan = (name: string, bytes: Uint8Array, siblings: Uint8Array[] = []): void =>
    void list.push({ name, bytes, siblings, kind: 'scan' });
  for (const [patient, series] of [
    ['STS_008', 'CT'],
    ['STS_025', 'PET'],
    ['STS_008', 'MR_T1'],
  ]) {
    const folder = dataPath('archive', 'sts', patient, series);
    const files = readdirSync(folder)
      .sort()
      .slice(0, 4)
      .map((f) => readFileSync(join(folder, f)));
    scan('slice.dcm', files[1], [files[0], files[2], files[3]]);
  }
  const syntaxes = dataPath('archive', 'transfer-syntaxes');
  for (const file of readdirSync(syntaxes, { recursive: true }) as string[])
    if (file.endsWith('.dcm')) {
      const bytes = readFileSync(join(syntaxes, file));
      if (bytes.length < 400_000) scan('one.dcm', bytes);
    }
  for (const file of readdirSync(dataPath('nifti'), { recursive: true }) as string[]) {
    if (!/\.nii(\.gz)?$/.test(file)) continue;
    const bytes = read('nifti', file);
    if (bytes.length > 400_000) continue;
    if (file.endsWith('.gz')) scan('volume.nii.gz', bytes);
    try {
      scan('volume.nii', file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    } catch {
      // A conformance file that is broken already.
    }
  }
  for (const file of readdirSync(dataPath('archive', 'seg-dcmqi'), { recursive: true }) as string[])
    if (file.endsWith('.nrrd')) scan('labels.nrrd', read('archive', 'seg-dcmqi', file));
  for (const bytes of metaImages()) scan('volume.mha', bytes);
  const contours = (bytes: Uint8Array): void =>
    void list.push({ name: 'contours.dcm', bytes, siblings: [], kind: 'contours' });
  for (const patient of ['STS_008', 'STS_025'])
    for (const series of ['CT', 'PET', 'MR_T1'])
      contours(read('archive', 'sts', patient, `${series}_RTSTRUCT.dcm`));
  for (const file of readdirSync(dataPath('archive', 'seg-dcmqi'), { recursive: true }) as string[])
    if (file.endsWith('.dcm')) {
      const bytes = read('archive', 'seg-dcmqi', file);
      if (bytes.length < 1_000_000) contours(bytes);
    }
  return list;
}

/** Where the UIDs of a file have six digits that may be others: at the start of their last component. */
const places = new WeakMap<Uint8Array, readonly number[]>();

function placesOf(bytes: Uint8Array): readonly number[] {
  const known = places.get(bytes);
  if (known) return known;
  const found: number[] = [];
  for (const { 0: uid, index } of Buffer.from(bytes)
    .toString('latin1')
    .matchAll(/\d+(?:\.\d+){5,}/g)) {
    const last = uid.lastIndexOf('.') + 1;
    if (!uid.startsWith('1.2.840.10008.') && uid.length - last >= 6) found.push(index + last);
  }
  places.set(bytes, found);
  return found;
}

/** Gives a case UIDs of its own, so that cases of one folder are no copies of each other. */
export function renumbered(bytes: Uint8Array, number: number): Uint8Array {
  const own = Buffer.from(`1${String(number % 100_000).padStart(5, '0')}`, 'latin1');
  const copy = Uint8Array.from(bytes);
  for (const at of placesOf(bytes)) copy.set(own, at);
  return copy;
}
