/** Our times, as a JSON line: node ours.cjs read|index <folder>. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  groupIntoVolumes,
  readDicomHeaderFrom,
  readDicomVolume,
  type HeaderOfFile,
} from '../../../main/imaging';

const [mode, folder, times = '1'] = process.argv.slice(2);
const series = readdirSync(folder)
  .sort()
  .map((name) => join(folder, name));
const paths = Array.from({ length: Number(times) }, () => series).flat();

/** Headers of all files, read at once as an archive worker may: it has nothing else to do meanwhile. */
async function headers(): Promise<HeaderOfFile[]> {
  const out: HeaderOfFile[] = [];
  let buffer = Buffer.alloc(0);
  for (const path of paths) {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const read = (start: number, length: number): Uint8Array => {
        // A header keeps no bytes, so the next file may use the same buffer.
        if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
        return buffer.subarray(0, readSync(file, buffer, 0, length, start));
      };
      out.push({ ...(await readDicomHeaderFrom({ size, read })), path });
    } finally {
      closeSync(file);
    }
  }
  return out;
}

const memoryAtStart = process.memoryUsage().rss;
const start = performance.now();
const seconds = (from: number): number => (performance.now() - from) / 1000;
const found = await headers();
if (mode === 'index') {
  console.log(JSON.stringify({ files: found.length, seconds: seconds(start) }));
} else {
  const { volumes } = groupIntoVolumes(found);
  const sort = seconds(start);
  const from = performance.now();
  const { geometry, voxels } = await readDicomVolume(volumes[0], (path) => readFile(path));
  const read = seconds(from);
  const grown = process.resourceUsage().maxRSS * 1024 - memoryAtStart;
  let sum = 0;
  for (const v of voxels) sum += v;
  console.log(
    JSON.stringify({
      sort,
      read,
      size: geometry.size,
      sum,
      memory: grown / voxels.byteLength,
      type: voxels.constructor.name,
    }),
  );
}
