import { expect, test } from 'vitest';
import { Closing } from '../../renderer/state/closing';
import { SaveQueue } from '../../renderer/state/save-queue.svelte';

/** A window that is asked to close, whose clock and disk stand still until they are told. */
function opened() {
  const queue = new SaveQueue();
  const said: string[] = [];
  const clock = { now: 0 };
  let open = true;
  const closing = new Closing(
    queue,
    () => ask(),
    (sentence) => said.push(sentence),
    () => clock.now,
  );
  function ask(): void {
    let goes = true;
    closing.before({ preventDefault: () => (goes = false) });
    if (goes) open = false;
  }
  return { queue, said, clock, ask, isOpen: () => open };
}
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('closes at once where all is written', () => {
  const { ask, isOpen } = opened();
  ask();
  expect(isOpen()).toBe(false);
});

test('waits for every change that is not written yet, and then closes by itself', async () => {
  const { queue, ask, isOpen, said } = opened();
  const written: number[] = [];
  let go: () => void = () => undefined;
  queue.add('v', () => new Promise<void>((resolve) => (go = resolve)).then(() => written.push(1)));
  queue.add('v', async () => written.push(2));
  ask();
  ask();
  expect(isOpen()).toBe(true);
  go();
  await turn();
  expect(written).toEqual([1, 2]);
  expect(isOpen()).toBe(false);
  expect(said).toEqual([]);
});

test('says what cannot be written, once, and lets go of who asks again', async () => {
  const { queue, ask, isOpen, said } = opened();
  queue.add('v', () => Promise.reject(new Error('The disk is full.')));
  ask();
  await turn();
  expect(isOpen()).toBe(true);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('The disk is full.');
  ask();
  expect(isOpen()).toBe(false);
});

test('keeps nobody by a write that never ends', () => {
  const { queue, clock, ask, isOpen } = opened();
  queue.add('v', () => new Promise(() => undefined));
  ask();
  clock.now = 4000;
  ask();
  expect(isOpen()).toBe(true);
  clock.now = 6000;
  ask();
  expect(isOpen()).toBe(false);
});
