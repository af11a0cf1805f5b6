import { expect, test } from 'vitest';
import {
  readProposal,
  removeProposal,
  uncertaintyFileOf,
  writeProposal,
  type NewProposal,
} from '../../main/annotation/proposals';
import type { ModelId, VolumeId } from '../../preload/api';
import { seeded, smallGrid } from './random-edits';
import { SimulatedDisk } from './simulated-disk';

const ID = 'e'.repeat(32) as VolumeId;
const proposalOf = (model: string, uncertainty?: number): NewProposal => ({
  modelId: model as ModelId,
  modelName: model,
  segments: [{ name: 'GTV', mask: Uint32Array.of(3, 4), millilitres: 0.012 }],
  sliceUncertainty: [0, 0.1],
  ...(uncertainty === undefined ? {} : { uncertainty: new Uint8Array(120).fill(uncertainty) }),
});

test.each([
  ['with a map', proposalOf('new', 9)],
  ['without one', proposalOf('new')],
])(
  'a proposal never shows the uncertainty of another, wherever a new one %s is interrupted',
  async (_, next) => {
    let [old, fresh] = [0, 0];
    for (let cut = 1; cut < 60; cut++) {
      const random = seeded(cut);
      const disk = new SimulatedDisk(random);
      await writeProposal(disk, '/case', '2026-01-01', smallGrid, proposalOf('old', 5));
      disk.cutAt = disk.operations + cut;
      await writeProposal(disk, '/case', '2026-01-02', smallGrid, next).catch(() => undefined);
      const after = disk.afterPowerCut();
      const found = await readProposal(after, '/case', ID, smallGrid);
      expect(found, `cut ${cut}`).not.toBeNull();
      const map = found!.uncertaintyUrl === null ? null : await uncertaintyOf(after);
      if (found!.modelId === 'old') {
        old++;
        if (map !== null) expect(map[0], `cut ${cut}`).toBe(5);
      } else {
        fresh++;
        if (next.uncertainty) expect(map?.[0], `cut ${cut}`).toBe(9);
        else expect(map).toBeNull();
      }
    }
    expect(Math.min(old, fresh)).toBeGreaterThan(2);
  },
);

async function uncertaintyOf(disk: SimulatedDisk): Promise<Uint8Array | null> {
  const file = await uncertaintyFileOf(disk, '/case');
  return file === null ? null : disk.readAll(file);
}

test('maps of proposals that were replaced or thrown away do not stay on the disk', async () => {
  const disk = new SimulatedDisk(seeded(1));
  for (const n of [1, 2, 3])
    await writeProposal(disk, '/case', `2026-01-0${n}`, smallGrid, proposalOf('m', n));
  expect(await disk.list('/case')).toHaveLength(2);
  expect((await uncertaintyOf(disk))?.[0]).toBe(3);
  await removeProposal(disk, '/case');
  expect(await disk.list('/case')).toEqual([]);
});
