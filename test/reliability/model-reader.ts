/**
 * A program that reads mutated model files, weights and signed parcels, and tells what came of them, a line of JSON for
 * each hundred. It is a process of its own, so that whoever started it can end it where a file makes it hang.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeModel } from '../../main/learning/registry/model-folder';
import { exportModel, importModel } from '../../main/learning/registry/parcel';
import { StudioError } from '../../main/learning/store/failure';
import { decodeSafetensors, type StoredTensor } from '../../main/learning/store/safetensors';
import { seeded } from '../annotation/random-edits';
import { mutate } from './mutate';
import { mutateDescription, mutateWeights, sealed } from './mutate-model';

export interface ModelTally {
  read: number;
  refused: number;
  slowest: number;
  compared: number;
  faults: string[];
}

const description = {
  id: 'fuzzed',
  name: 'PET',
  kind: 'taught' as const,
  createdAt: new Date(0).toISOString(),
  parent: null,
  recipe: {
    profileId: 'pt',
    channels: ['PT'],
    slicing: { mm: 2, through: 'native' as const, size: 48, interpolation: 'linear' as const },
    reading: {
      clusterOn: 'raw' as const,
      patches: 'all' as const,
      foreground: 'small' as const,
      order: 'margin' as const,
    },
    width: 4,
    patch: 16,
  },
  segments: ['GTV'],
  network: {
    kind: 'unet2d' as const,
    inChannels: 1,
    outChannels: 1,
    width: 4,
    depth: 4,
    normalisation: 'group' as const,
  },
  configuration: { epochs: 3 },
  learntFrom: { patients: 1, scans: 1, slices: 3, sha256: ['0'.repeat(64)] },
  figures: [],
  metrics: { loss: 0.5 },
};

/** What a file itself says of a tensor, read without our reader's checks; null where it says nothing sensible. */
function told(bytes: Uint8Array, name: string): { shape: number[]; data: Uint8Array } | null {
  const length = Number(Buffer.from(bytes).readBigUInt64LE(0));
  const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString('utf8')) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const entry = Object.hasOwn(header, name) ? header[name] : null;
  return (
    entry && {
      shape: entry.shape,
      data: bytes.subarray(8 + length + entry.data_offsets[0], 8 + length + entry.data_offsets[1]),
    }
  );
}

function differs(bytes: Uint8Array, tensors: ReadonlyMap<string, StoredTensor>): string | null {
  for (const [name, { shape, data }] of tensors) {
    const expected = told(bytes, name);
    const own = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!expected || JSON.stringify(expected.shape) !== JSON.stringify(shape)) return `shape of "${name}"`;
    if (Buffer.compare(expected.data, own) !== 0) return `values of "${name}"`;
    if (shape.reduce((n, side) => n * side, 1) !== data.length) return `length of "${name}"`;
  }
  return null;
}

function main(count: number, seed: number, below: string): void {
  const random = seeded(seed);
  const home = mkdtempSync(join(below, 'amlp-models-'));
  const tally: ModelTally = { read: 0, refused: 0, slowest: 0, compared: 0, faults: [] };
  const weights = new Map<string, StoredTensor>([
    ['encoder.0.weights', { shape: [3, 3, 1, 4], data: Float32Array.from({ length: 36 }, Math.sin) }],
    ['encoder.0.bias', { shape: [4], data: Float32Array.of(1, 2, 3, 4) }],
    ['steps', { shape: [], data: Int32Array.of(7) }],
    ['table', { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
  ]);
  const source = join(home, 'source');
  writeModel(source, description, weights);
  exportModel(source, join(home, 'identity'), join(home, 'sound.amlp'));
  const soundWeights = readFileSync(join(source, 'weights.safetensors'));
  const soundText = readFileSync(join(source, 'model.json'), 'utf8');
  const soundParcel = readFileSync(join(home, 'sound.amlp'));

  const judge = (how: string, work: () => string | null): void => {
    const startedAt = performance.now();
    try {
      const wrong = work();
      tally.read++;
      if (wrong) tally.faults.push(`${how}: accepted with another ${wrong}`);
    } catch (error) {
      tally.refused++;
      const isClassified =
        error instanceof StudioError ||
        (error instanceof RangeError && error.message.startsWith('This is not a sound safetensors file: '));
      if (!isClassified)
        tally.faults.push(
          `${how}: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`,
        );
    }
    tally.slowest = Math.max(tally.slowest, (performance.now() - startedAt) / 1000);
  };

  for (let n = 1; n <= count; n++) {
    const kind = random();
    if (kind < 0.5) {
      const { bytes, how } =
        random() < 0.6
          ? { bytes: mutateWeights(random, soundWeights), how: 'its header rewritten' }
          : mutate(random, 'weights.bin', soundWeights);
      judge(`seed ${seed} model ${n} weights ${how}`, () => {
        const { tensors } = decodeSafetensors(bytes);
        tally.compared++;
        return differs(bytes, tensors);
      });
    } else {
      const { bytes, how } =
        kind < 0.7
          ? mutate(random, 'parcel.bin', soundParcel)
          : sealed(
              random,
              random() < 0.5 ? mutateDescription(random, soundText) : soundText,
              random() < 0.6 ? mutateWeights(random, soundWeights) : soundWeights,
            );
      const models = join(home, 'inbox', 'models');
      mkdirSync(models, { recursive: true });
      writeFileSync(join(home, 'parcel.amlp'), bytes);
      judge(`seed ${seed} model ${n} parcel ${how}`, () => {
        const { model } = importModel(join(home, 'parcel.amlp'), models);
        const made = readdirSync(join(home, 'inbox'), { recursive: true, encoding: 'utf8' }).sort();
        const expected = ['', '/model.json', '/weights.safetensors'].map(
          (part) => `models/${model.id}${part}`,
        );
        tally.compared++;
        return JSON.stringify(made) === JSON.stringify(['models', ...expected]) ? null : 'place';
      });
      rmSync(join(home, 'inbox'), { recursive: true, force: true });
    }
    if (n % 100 === 0 || n === count) writeSync(1, `${JSON.stringify(tally)}\n`);
  }
  rmSync(home, { recursive: true, force: true });
}

if (process.argv[2] === '--models') main(Number(process.argv[3]), Number(process.argv[4]), process.argv[5]);
