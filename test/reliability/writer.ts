/**
 * A program that draws until it is killed: it tells each confirmed change on standard output, so that whoever killed it
 * knows what must be found. Started by the crash test.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { AnnotationService } from '../../main/annotation/service';
import type { AnnotationState, VolumeId } from '../../preload/api';
import { randomEdit, seeded, smallGrid } from '../annotation/random-edits';

export const CASES = ['1', '2', '3'].map((n) => n.repeat(32) as VolumeId);

/** What a person sees of a case, as a short text. */
export const digestOf = ({ segments, position, accepted, history }: AnnotationState): string =>
  createHash('sha256')
    .update(JSON.stringify([segments.map((s) => [s.info, [...s.mask]]), position, accepted, history.length]))
    .digest('hex');

export const annotationIn = (folder: string): AnnotationService =>
  new AnnotationService({
    folder,
    by: 'reader',
    archive: { archiveId: 'a'.repeat(32), volume: () => ({ geometry: smallGrid }) },
  });

/** Confirmed states are told as "id digest"; the one under way, before it is asked for, as "id ?digest". */
export async function drawForEver(folder: string, seed: number): Promise<void> {
  const random = seeded(seed);
  const service = annotationIn(folder);
  const tell = (line: string): void => void writeSync(1, `${line}\n`);
  for (let n = 0; ; n++) {
    const id = CASES[Math.floor(random() * CASES.length)];
    const state = await service.open(id);
    const choice = random();
    tell(`${id} begin`);
    if (choice < 0.15 && state.history.length > 0)
      await service.moveTo(id, Math.floor(random() * (state.history.length + 1)));
    else if (choice < 0.2) await (state.accepted ? service.reopen(id) : service.accept(id));
    else {
      const segments = state.segments.map(({ info, mask }) => ({ info, runs: mask }));
      await service.apply(id, state.position, randomEdit(random, segments, seed * 10_000 + n));
    }
    tell(`${id} ${digestOf(await service.open(id))}`);
  }
}

if (process.argv[2] === '--draw') void drawForEver(process.argv[3], Number(process.argv[4]));
