import { expect, test, vi } from 'vitest';
import type { Proposal, VolumeId } from '../../preload/api';
import { straightGrid } from '../imaging/grids';

const drawn: (string | null)[] = [];
vi.mock('../../renderer/state/views.svelte', () => ({
  views: {
    viewer: {
      fuse: async (fusion: { readonly volume: { readonly id: string } } | null) =>
        void drawn.push(fusion?.volume.id ?? null),
    },
  },
}));

const { fusion } = await import('../../renderer/state/fusion.svelte');
const { proposal } = await import('../../renderer/state/proposal.svelte');
const { volume } = await import('../../renderer/state/volume.svelte');

const geometry = straightGrid([2, 2, 2]);
const opened = (id: string) =>
  ({
    info: { id: id as VolumeId, geometry, frameOfReference: null },
    voxels: new Int16Array(8),
  }) as unknown as NonNullable<typeof volume.current>;

test('the doubt about one case is not laid over the one that was opened meanwhile', async () => {
  let answer: (response: Response) => void = () => undefined;
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)));
  proposal.current = { uncertaintyUrl: 'volume://1/uncertainty' } as Proposal;

  volume.current = opened('1');
  const asked = fusion.showUncertainty(true);
  volume.current = opened('2');
  fusion.clear();
  answer(new Response(new Uint8Array(8)));
  await asked;
  expect(drawn).toEqual([]);

  volume.current = opened('1');
  const again = fusion.showUncertainty(true);
  const off = fusion.showUncertainty(false);
  answer(new Response(new Uint8Array(8)));
  await Promise.all([again, off]);
  // Switched off before it had come: it stays off.
  expect(drawn).toEqual([null]);
  expect(fusion.uncertainty).toBe(false);

  const shown = fusion.showUncertainty(true);
  answer(new Response(new Uint8Array(8)));
  await shown;
  expect(drawn.at(-1)).toMatch(/^uncertainty:1:/);
});
