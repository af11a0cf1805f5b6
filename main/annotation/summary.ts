/**
 * What the worklist and learning want to know of every case without opening it. A note beside the journal: it names the
 * journal's length, and is made again where that differs.
 */
import { readFile, stat, writeFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaseState as WorklistState } from '../../preload/api';
import type { CaseState } from './state';
import { reviewedOf } from './state';

export interface CaseSummary {
  readonly journalLength: number;
  readonly accepted: boolean;
  /** Edits that are applied. */
  readonly position: number;
  readonly reviewedSlices: readonly number[];
  readonly segmentNames: readonly string[];
  readonly proposed: boolean;
}

const NOTE = 'summary.json';

export const summaryOfCase = (state: CaseState, journalLength: number, proposed: boolean): CaseSummary => ({
  journalLength,
  accepted: state.accepted,
  position: state.position,
  reviewedSlices: reviewedOf(state),
  segmentNames: state.segments.map((s) => s.info.name),
  proposed,
});

export const EMPTY_SUMMARY: CaseSummary = {
  journalLength: 0,
  accepted: false,
  position: 0,
  reviewedSlices: [],
  segmentNames: [],
  proposed: false,
};

export const worklistState = (summary: CaseSummary): WorklistState =>
  summary.accepted
    ? 'accepted'
    : summary.position > 0 || summary.segmentNames.length > 0
      ? 'in-work'
      : summary.proposed
        ? 'proposed'
        : 'new';

/** The note of a case, or null where there is none, or the journal has gone on since. */
export async function readSummary(folder: string): Promise<CaseSummary | null> {
  try {
    const summary = JSON.parse(await readFile(join(folder, NOTE), 'utf8')) as CaseSummary;
    const size = (await stat(join(folder, 'journal.amlj')).catch(() => null))?.size ?? 0;
    return summary.journalLength === size ? summary : null;
  } catch {
    return null;
  }
}

/** Whether the journal is shorter than when it was last written: what was on the disk once has gone. */
export async function isCutShort(folder: string): Promise<boolean> {
  try {
    const { journalLength } = JSON.parse(await readFile(join(folder, NOTE), 'utf8')) as CaseSummary;
    const size = (await stat(join(folder, 'journal.amlj')).catch(() => null))?.size ?? 0;
    return size < journalLength;
  } catch {
    return false;
  }
}

/** A note that cannot be written is made again at the next start. */
export async function writeSummary(folder: string, summary: CaseSummary): Promise<void> {
  try {
    const draft = join(folder, `${NOTE}.draft`);
    await writeFile(draft, JSON.stringify(summary), { mode: 0o600 });
    await rename(draft, join(folder, NOTE));
  } catch {
    // The disk is full or read-only: nothing that people made is in this file.
  }
}
