/** The whole story of an archive's annotations: every step of every case and the audit trail, verified. */
import type { VolumeId } from '../../preload/api';
import { decodeHead, RECORD, type EditHead, type MoveHead, type Signed } from './edit-record';
import type { AnnotationService } from './service';

/** One line of the report. Volumes are named by their identifiers, never by a patient. */
export interface AuditLine {
  readonly at: string;
  readonly by: string;
  /** Null where it is about the whole archive. */
  readonly volumeId: VolumeId | null;
  readonly what: string;
  readonly modelId?: string;
  readonly version?: string;
}

export interface AuditReport {
  /** In the order of time. */
  readonly lines: readonly AuditLine[];
  /** Sentences about what is damaged or was changed; empty when every chain is sound. */
  readonly faults: readonly string[];
}

function lineOf(volumeId: VolumeId, type: number, payload: Uint8Array): AuditLine {
  const { at, by, version } = decodeHead<Signed>(payload);
  const line = (what: string, modelId?: string): AuditLine => ({
    at,
    by,
    volumeId,
    what,
    ...(modelId ? { modelId } : {}),
    ...(version ? { version } : {}),
  });
  switch (type) {
    case RECORD.begin:
      return line('begun');
    case RECORD.move:
      return line(`undone or redone to step ${decodeHead<MoveHead>(payload).to}`);
    case RECORD.accept:
      return line('accepted');
    case RECORD.reopen:
      return line('reopened');
    default: {
      const { edit } = decodeHead<EditHead>(payload);
      return line(edit.name, edit.kind === 'flip' ? edit.modelId : undefined);
    }
  }
}

/**
 * Reads and verifies every journal of the open archive, and that each stands where the audit trail saw it.
 * @returns what was done, and what is not as it should be
 */
export async function auditReport(annotation: AnnotationService): Promise<AuditReport> {
  const lines: AuditLine[] = [];
  const faults: string[] = [];
  const ends = new Map<VolumeId, ReadonlySet<string>>();
  for (const id of await annotation.caseIds()) {
    try {
      const records = await annotation.records(id);
      if (!records) continue;
      ends.set(id, new Set(records.map((r) => `${r.number + 1} ${r.check}`)));
      for (const { type, payload } of records) lines.push(lineOf(id, type, payload));
    } catch {
      faults.push(`The journal of volume ${id} is damaged or was changed.`);
    }
  }
  try {
    for (const event of await annotation.audit()) {
      // Accepting and reopening stand in the case's own journal.
      if (event.kind !== 'accepted' && event.kind !== 'reopened')
        lines.push({
          at: event.at,
          by: event.by,
          volumeId: event.volumeId,
          what: event.detail ? `${event.kind}: ${event.detail}` : event.kind,
          version: event.version,
          ...(event.modelId ? { modelId: event.modelId } : {}),
        });
      if (event.kind === 'damage found')
        faults.push(
          `Found at ${event.at}${event.volumeId ? `, volume ${event.volumeId}` : ''}: ${event.detail ?? 'damage'}.`,
        );
      const known = event.volumeId ? ends.get(event.volumeId) : undefined;
      if (event.mark && known && !known.has(`${event.mark.count} ${event.mark.check}`))
        faults.push(
          `The journal of volume ${event.volumeId} does not lead to what was ${event.kind} at ${event.at}: it was replaced.`,
        );
      else if (event.mark && event.volumeId && !known)
        faults.push(`The journal of volume ${event.volumeId} is gone.`);
    }
  } catch {
    faults.push('The audit trail is damaged or was changed.');
  }
  lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { lines, faults };
}
