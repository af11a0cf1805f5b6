import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareCase, type PreparedCase } from '../../main/learning/cache/prepare';
import { cachedSlices, judgedSlices, type JudgedSlices } from '../../main/learning/cache/sources';
import { AdaptiveFeeder } from '../../main/learning/feeding/adaptive';
import { FeederPool } from '../../main/learning/feeding/pool';
import { openVolumeFile } from '../../main/learning/volumes/open';
import { FINETUNE_PRESETS } from '../../models/train';
import { NNUNET } from '../../models/train/augment/options';
import { samplesOf } from '../../models/train/blocks';
import { Lookahead, SliceFeeder, type Feeder, type FeedOrder } from '../../models/train/feeder';
import { dataPath, sharedData } from '../data';
import { builtProcess } from '../processes';

const slicing = { mm: 4.6875, through: 'native' as const, size: 48, interpolation: 'linear' as const };
const seeds = (n: number): number[] => [1, 11, n];

/** One of each kind, for slices of 2D and blocks of 3D. */
const ordersFor = (deep: number, count: number): FeedOrder[] => [
  {
    kind: 'crops',
    size: 32,
    batch: 4,
    crops: [0, 5 % count, 2].map((slice, b) => ({
      slice,
      crop: { x: b, y: 2, width: 30 + b, height: 40, mirrored: b === 1 },
    })),
  },
  {
    ...{ kind: 'samples', size: 32, batch: 2, augmentation: NNUNET, deep },
    choices: [0, 1].map((slice) => ({ slice, onForeground: slice === 0, seeds: seeds(slice) })),
  },
  {
    ...{ kind: 'sort', from: 0, to: count, patch: 16, clustering: 'k-means', seed: 3 },
    reading: { clusterOn: 'raw', patches: 'all', foreground: 'small', order: 'margin' },
  },
];

describe.skipIf(sharedData === null)('feeding threads', { timeout: 180_000 }, () => {
  let folder: string;
  let built: string;
  let prepared: PreparedCase;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'feeding-'));
    built = await builtProcess('feeder', 'main/learning/feeding/feeder.ts');
    const file = dataPath('labelled', 'sts', 'STS_001', 'PET_native.nii.gz');
    prepared = await prepareCase(
      { id: 'a', patient: 'a', channels: [{ source: { kind: 'file', file }, key: 'a' }] },
      slicing,
      folder,
      {
        runtime: () => Promise.reject(new Error('Cutting needs no tensors.')),
        openVolume: () => openVolumeFile(file),
        report: () => undefined,
        will: () => 'run',
      },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([1, 3])('%i of them make the same bits as the thread that trains', async (threads) => {
    const { network } = FINETUNE_PRESETS.desktop;
    for (const config of [network, { ...network, backbone: 'unet3d' as const, slices: 16, depth: 2 }]) {
      const cases = [{ patient: 'a', file: prepared.file }];
      const images = cachedSlices(cases);
      const masks = new Int8Array(new SharedArrayBuffer(images.count * 48 * 48));
      for (let i = 0; i < masks.length; i++) masks[i] = (i * 7919) % 11 === 0 ? 1 : 0;
      const judged: JudgedSlices = {
        kept: Array.from({ length: images.count }, (_, s) => s),
        labels: 1,
        masks,
      };
      const source = samplesOf(judgedSlices(images, judged), config);
      const own = new SliceFeeder(source);
      const pool = new FeederPool(
        join(built, 'feeder.cjs'),
        { cases: [{ patient: 'a', file: prepared.file.file }], network: config, labelled: judged },
        threads,
      );
      try {
        const orders = ordersFor(config.slices ?? 1, source.count);
        // All at once: whoever is ready first, each answer belongs to its order.
        const answers = await Promise.all([...orders, ...orders].map((order) => pool.make(order)));
        for (const [n, answer] of answers.entries())
          expect(answer).toEqual(own.work(orders[n % orders.length]));
      } finally {
        await pool.close();
        images.close();
      }
    }
  });

  test('an order that cannot be carried out is an error, and the thread goes on', async () => {
    const pool = new FeederPool(
      join(built, 'feeder.cjs'),
      {
        cases: [{ patient: 'a', file: prepared.file.file }],
        network: FINETUNE_PRESETS.desktop.network,
      },
      1,
    );
    const [crops, samples] = ordersFor(1, 6);
    await expect(pool.make(samples)).rejects.toThrow(/no labels/);
    expect(await pool.make(crops)).toHaveLength(4 * 32 * 32);
    await pool.close();
    await expect(pool.make(crops)).rejects.toThrow(/ended/);
  });
});

/** Takes `ms` of a clock that the test owns, and answers with who made it. */
class Paid implements Feeder {
  closed = false;
  constructor(
    private readonly name: number,
    private readonly ms: number,
    private readonly time: { now: number },
    private readonly broken = false,
  ) {}
  ahead(): number {
    return 2;
  }
  async make(): Promise<never> {
    if (this.broken) throw new Error('The thread did not start.');
    this.time.now += this.ms;
    return Float32Array.of(this.name) as never;
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

const makers = async (feeding: number, step: number, broken = false): Promise<number[]> => {
  const time = { now: 0 };
  const threads = new Paid(2, 0, time, broken);
  const feeder = new AdaptiveFeeder(
    new Paid(1, feeding, time),
    () => threads,
    () => time.now,
  );
  const [order] = ordersFor(1, 6);
  const made: number[] = [];
  for (let n = 0; n < 20; n++) {
    made.push(((await feeder.make(order)) as Float32Array)[0]);
    time.now += step;
  }
  return made;
};

describe('who feeds', () => {
  test('the thread that trains where that costs next to nothing, others where it costs more', async () => {
    expect(new Set(await makers(1, 100))).toEqual(new Set([1]));
    const costly = await makers(10, 100);
    expect(costly[0]).toBe(1);
    expect(costly.at(-1)).toBe(2);
  });

  test('threads that fail are done without', async () => {
    expect(new Set(await makers(10, 100, true))).toEqual(new Set([1]));
  });

  test('pieces come in order, and no more is begun than asked for', async () => {
    const begun: number[] = [];
    const pieces = new Lookahead(
      async (n) => {
        begun.push(n);
        return n;
      },
      () => 2,
      5,
    );
    expect(await pieces.take(0)).toBe(0);
    expect(begun).toEqual([0, 1, 2]);
    for (const n of [1, 2, 3, 4]) expect(await pieces.take(n)).toBe(n);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });
});
