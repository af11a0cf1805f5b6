import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import {
  ImagingError,
  readMetaImage,
  readMetaImageHeader,
  readNrrd,
  readNrrdHeader,
  type Volume,
} from '../../main/imaging';
import { dataPath, sharedData } from '../data';
import { python, runPython } from '../python';

interface Described {
  path: string;
  size: number[];
  spacing: number[];
  origin: number[];
  direction: number[];
  sha256: string;
}
const script = join(dirname(fileURLToPath(import.meta.url)), 'simpleitk.py');

async function read(path: string): Promise<Volume> {
  const bytes = readFileSync(path);
  const isNrrd = /\.(nrrd|nhdr)$/.test(path);
  const name = isNrrd ? readNrrdHeader(bytes).dataFile : readMetaImageHeader(bytes).dataFile;
  const pair = name === null ? undefined : readFileSync(join(dirname(path), name));
  const { volumes } = isNrrd ? await readNrrd(bytes, pair) : await readMetaImage(bytes, pair);
  expect(volumes.length).toBe(1);
  return volumes[0];
}

async function sameAsSimpleItk(e: Described): Promise<void> {
  const { geometry: g, voxels } = await read(e.path);
  expect(g.size).toEqual(e.size);
  g.spacing.forEach((s, n) => expect(s).toBeCloseTo(e.spacing[n], 6));
  g.origin.forEach((o, n) => expect(o).toBeCloseTo(e.origin[n], 6));
  // ITK's direction matrix has the axes as columns.
  g.axes.forEach((axis, n) => axis.forEach((c, row) => expect(c).toBeCloseTo(e.direction[3 * row + n], 6)));
  const doubles = Buffer.from(Float64Array.from(voxels).buffer);
  expect(createHash('sha256').update(doubles).digest('hex')).toBe(e.sha256);
}

const images =
  sharedData === null
    ? []
    : readdirSync(dataPath('labelled', 'pyradiomics'))
        .filter((n) => n.endsWith('.nrrd'))
        .map((n) => dataPath('labelled', 'pyradiomics', n));

test.skipIf(python === null || sharedData === null)(
  'NRRD of real patients as SimpleITK reads them',
  async () => {
    for (const e of JSON.parse(runPython(script, ...images)) as Described[]) await sameAsSimpleItk(e);
  },
);

describe.skipIf(python === null)('MetaImage and NRRD that SimpleITK writes, oblique', () => {
  const folder = mkdtempSync(join(tmpdir(), 'amlp-meta-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  test('every type, attached and detached, raw and compressed', async () => {
    const all = JSON.parse(runPython(script, '--write', folder)) as Described[];
    expect(all.length).toBe(56);
    for (const e of all) await sameAsSimpleItk(e);
  });
});

describe('headers that lie', () => {
  const nrrd = (fields: string): Uint8Array => Buffer.from(`NRRD0004\n${fields}\n\n`);
  const good =
    'type: uint8\ndimension: 3\nspace: right-anterior-superior\nsizes: 1 1 1\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (1,2,3)\nencoding: raw';

  test('RAS becomes LPS', async () => {
    for (const name of ['right-anterior-superior', 'RAS']) {
      const fields = good.replace('right-anterior-superior', name);
      const { volumes } = await readNrrd(Buffer.concat([nrrd(fields), Buffer.from([9])]));
      expect(volumes[0].geometry.origin).toEqual([-1, -2, 3]);
      expect([...volumes[0].voxels]).toEqual([9]);
    }
  });
  test.each([
    [good.replace('1 1 1', '9 9 9'), 'truncated'],
    [good.replace('1 1 1', '99999 99999 99999'), 'over-limit'],
    [good.replace('1 1 1', '1 1'), 'malformed'],
    [good.replace('uint8', 'block'), 'unsupported'],
    [good.replace('raw', 'bzip2'), 'unsupported'],
    [good.replace('(0,0,1)', '(0,0.9,1)').replace('1 1 1', '9 9 9'), 'irregular'],
    [`${good}\nspace units: "cm" "cm" "cm"`, 'unsupported'],
    [`${good}\nspace units: "mm" "mm" "mm"`, 'truncated'],
    [`${good}\ndata file: ../secret.raw`, 'unsupported'],
    [`${good}\ndata file: /etc/passwd`, 'unsupported'],
  ])('%j', async (fields, code) => {
    await expect(readNrrd(nrrd(fields))).rejects.toBeInstanceOf(ImagingError);
    await expect(readNrrd(nrrd(fields))).rejects.toHaveProperty('code', code);
  });
  test('a MetaImage never leads out of its folder', async () => {
    const text =
      'ObjectType = Image\nNDims = 3\nDimSize = 1 1 1\nElementType = MET_UCHAR\nElementDataFile = ../x.raw\n';
    await expect(readMetaImage(Buffer.from(text))).rejects.toHaveProperty('code', 'unsupported');
  });
});
