import { beforeEach, expect, test } from 'vitest';
import { voxelCount } from '../../main/imaging/space/geometry';
import type { Edit, JobView, ModelSummary, ProfileSummary, Proposal, VolumeId } from '../../preload/api';
import { annotation } from '../../renderer/state/annotation.svelte';
import { learning } from '../../renderer/state/learning.svelte';
import { proposal } from '../../renderer/state/proposal.svelte';
import { SaveQueue } from '../../renderer/state/save-queue.svelte';
import { straightGrid } from '../imaging/grids';

// What was begun on one case, or in one archive, and ends when another is open.

const geometry = straightGrid([8, 6, 5], [1, 1, 2]);
const [one, two] = ['1', '2'] as VolumeId[];

/** Lets everything that waits for nothing but its turn go on. */
const turns = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 5));
};

/** A door that what main does waits at, where the test has shut it. */
class Door {
  private shut: Promise<void> | null = null;
  open: () => void = () => undefined;
  close(): void {
    this.shut = new Promise((resolve) => {
      this.open = () => {
        this.shut = null;
        resolve();
      };
    });
  }
  async pass(): Promise<void> {
    await this.shut;
  }
}

const doors = { open: new Door(), apply: new Door(), accept: new Door(), edits: new Door() };
let journals: Record<string, Edit[]>;
let failing: string | null;
/** Edits of the journal that are in force; absent: all. */
let applied: number | undefined;

const suggestion = (volumeId: VolumeId): Proposal => ({
  volumeId,
  modelId: 'm' as Proposal['modelId'],
  modelName: 'm',
  at: '9999',
  segments: [{ name: 'GTV', mask: Uint32Array.of(3, 2), millilitres: 0.004 }],
  sliceUncertainty: [0, 0, 0, 0, 0],
  uncertaintyUrl: '',
});

beforeEach(() => {
  journals = { [one]: [], [two]: [] };
  failing = null;
  applied = undefined;
  const api = {
    open: async (volumeId: VolumeId) => {
      if (volumeId === one) await doors.open.pass();
      const edits = journals[volumeId];
      return {
        volumeId,
        geometry,
        segments: [],
        reviewedSlices: edits
          .slice(0, applied)
          .flatMap((e) => (e.kind === 'flip' ? [...e.reviewedSlices] : [])),
        history: edits.map(({ name }) => ({ name, at: '', by: '' })),
        position: applied ?? edits.length,
        accepted: false,
      };
    },
    apply: async (volumeId: VolumeId, position: number, edit: Edit) => {
      await doors.apply.pass();
      if (failing !== null) throw new Error(failing);
      journals[volumeId].splice(position, Infinity, structuredClone(edit));
      return { position: position + 1 };
    },
    moveTo: async (_id: VolumeId, position: number) => ({ position }),
    accept: () => doors.accept.pass(),
    reopen: async () => undefined,
    edits: async (volumeId: VolumeId, from: number, to: number) => {
      const edits = journals[volumeId].slice(from, to);
      await doors.edits.pass();
      return edits;
    },
    proposal: async (volumeId: VolumeId) => suggestion(volumeId),
    discardProposal: () => doors.accept.pass(),
  };
  Object.assign(globalThis, { window: { studio: { annotation: api } } });
});

test('what was drawn and not yet written is written after another case was opened', async () => {
  await annotation.open(one);
  doors.apply.close();
  for (const name of ['A', 'B', 'C']) annotation.addSegment(name, `Add ${name}`);
  // As when another case's first slice has come.
  annotation.close();
  const opening = annotation.open(two);
  doors.apply.open();
  await opening;
  annotation.addSegment('D', 'Add D');
  await annotation.queue.settled();
  expect(journals[one].map((e) => e.name)).toEqual(['Add A', 'Add B', 'Add C']);
  expect(journals[two].map((e) => e.name)).toEqual(['Add D']);
});

test('what could not be written outlives the opening of another case, and is written when tried again', async () => {
  await annotation.open(one);
  failing = 'The disk is full.';
  annotation.addSegment('A', 'Add A');
  await expect(annotation.queue.settled()).rejects.toThrow('disk is full');
  await annotation.open(two);
  expect(annotation.queue.state).toBe('failed');
  failing = null;
  annotation.queue.retry();
  await annotation.queue.settled();
  expect(journals[one].map((e) => e.name)).toEqual(['Add A']);
});

test('a write that was forgotten while it was under way takes no other with it', async () => {
  const queue = new SaveQueue();
  const written: string[] = [];
  const door = new Door();
  door.close();
  queue.add(one, () => door.pass());
  queue.forget(one);
  queue.add(two, async () => void written.push('other'));
  door.open();
  await queue.settled();
  await turns();
  expect(written).toEqual(['other']);
});

test('accepting one case does not accept the one that was opened meanwhile', async () => {
  await annotation.open(one);
  doors.accept.close();
  const accepting = annotation.accept();
  await turns();
  await annotation.open(two);
  doors.accept.open();
  await accepting;
  expect(annotation.accepted).toBe(false);
});

test('a case that opens slowly takes nothing from the one that was opened after it', async () => {
  doors.open.close();
  const slow = annotation.open(one).then(() => proposal.load(one));
  await turns();
  annotation.close();
  await annotation.open(two);
  await proposal.load(two);
  doors.open.open();
  await slow;
  expect(annotation.volumeId).toBe(two);
  expect(proposal.current?.volumeId).toBe(two);
  expect(proposal.segments).toHaveLength(1);
});

test('a proposal that is discarded while another case is opened leaves that one its own', async () => {
  await annotation.open(one);
  await proposal.load(one);
  doors.accept.close();
  const discarding = proposal.discard();
  await annotation.open(two);
  await proposal.load(two);
  doors.accept.open();
  await discarding;
  expect(proposal.current?.volumeId).toBe(two);
});

test('a stroke made while undo waits for the journal stays, and stays what the journal has', async () => {
  const segment = {
    id: 's',
    name: 'S',
    color: [1, 2, 3] as const,
    generation: 'MANUAL' as const,
    locked: false,
  };
  const edit = (n: number): Edit => ({
    kind: 'flip',
    name: `Stroke ${n}`,
    segmentId: 's',
    flips: Uint32Array.of(n, 1),
    reviewedSlices: [n],
  });
  journals[one] = [
    { kind: 'add-segment', name: 'Add', segment, mask: new Uint32Array() } as Edit,
    edit(1),
    edit(2),
  ];
  // One step was undone in an earlier session.
  applied = 2;
  await annotation.open(one);
  annotation.masks.add('s', new Uint8Array(voxelCount(geometry)));
  annotation.masks.flip('s', Uint32Array.of(1, 1));
  doors.edits.close();
  const redoing = annotation.redo();
  await turns();
  annotation.change({ name: 'Stroke 3', segmentId: 's', flips: Uint32Array.of(3, 1), reviewedSlices: [3] });
  doors.edits.open();
  await redoing;
  await annotation.queue.settled();
  expect(annotation.position).toBe(3);
  expect(Array.from(annotation.masks.of('s').subarray(0, 4))).toEqual([0, 1, 0, 1]);
  expect(annotation.reviewed.has(3)).toBe(true);
  await annotation.undo();
  // The stroke goes, and not what the journal had in its place before.
  expect(Array.from(annotation.masks.of('s').subarray(0, 4))).toEqual([0, 1, 0, 0]);
  expect(annotation.reviewed.has(3)).toBe(false);
  expect(annotation.reviewed.has(2)).toBe(false);
});

const job = (id: string): JobView => ({
  id: id as JobView['id'],
  kind: 'pretrain',
  title: id,
  state: 'running',
  phase: '',
  fraction: 0,
  secondsLeft: null,
  createdAt: '',
  curve: [],
});
const profile = (id: string, volumes: number): ProfileSummary =>
  ({
    id,
    name: id,
    channels: [id],
    volumes,
    contouredSlices: 0,
    contouredCases: 0,
  }) as unknown as ProfileSummary;

test('jobs are those of the archive that is open', async () => {
  let jobs = [job('of one archive')];
  const api = {
    profiles: async () => [],
    jobs: async () => jobs,
    onJob: () => () => undefined,
  };
  const app = { onEngine: () => () => undefined, engine: async () => learning.engine };
  Object.assign(globalThis, { window: { studio: { learning: api, app } } });
  await learning.start();
  expect(learning.learning?.id).toBe('of one archive');
  jobs = [];
  await learning.refresh();
  expect(learning.learning).toBeNull();
});

test('models of a profile that was left do not stand under the one that was chosen', async () => {
  const door = new Door();
  const api = {
    profiles: async () => [profile('ct', 2), profile('pet', 1)],
    jobs: async () => [],
    models: async (id: string) => {
      if (id === 'ct') await door.pass();
      return [{ id: `model of ${id}` } as unknown as ModelSummary];
    },
    nextCase: async () => null,
  };
  Object.assign(globalThis, { window: { studio: { learning: api } } });
  door.close();
  const slow = learning.selectProfile('ct');
  await turns();
  await learning.selectProfile('pet');
  door.open();
  await slow;
  expect(learning.profileId).toBe('pet');
  expect(learning.models.map(({ id }) => id)).toEqual(['model of pet']);
});
