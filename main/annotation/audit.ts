/**
 * The audit trail of an archive: one chained journal of what was accepted, reopened, proposed, taken over, imported and
 * exported. Each event names the place in the case's own journal, so that neither can be changed without the other.
 */
import { join } from 'node:path';
import type { VolumeId } from '../../preload/api';
import { Journal, type JournalMark } from './journal';
import { replaceFile, type Disk } from './disk';

export type AuditKind =
  | 'accepted'
  | 'reopened'
  | 'proposed'
  | 'proposal discarded'
  | 'imported'
  | 'exported'
  /** The contours of an archive that lay elsewhere before. */
  | 'taken over'
  /** A journal is not what it was when it was last written. */
  | 'damage found';

export interface AuditEvent {
  readonly at: string;
  readonly by: string;
  readonly kind: AuditKind;
  /** Null where it is about the whole archive. */
  readonly volumeId: VolumeId | null;
  /** Model that had a part in it. */
  readonly modelId?: string;
  /** What came in or went out, e.g. formats and number of segments. Never a patient's data. */
  readonly detail?: string;
  /** Version of the application. */
  readonly version: string;
  /** Where the case's journal stood. */
  readonly mark: JournalMark | null;
}

const TYPE = 16;
/** How far the trail went when it was last written. A chain alone cannot tell that its end was taken away. */
const END = 'audit-end.json';

async function knownEnd(disk: Disk, folder: string): Promise<Pick<JournalMark, 'count' | 'check'> | null> {
  try {
    const bytes = await disk.readAll(join(folder, END));
    const { count, check } = JSON.parse(Buffer.from(bytes!).toString('utf8')) as Record<string, unknown>;
    return typeof count === 'number' && typeof check === 'string' ? { count, check } : null;
  } catch {
    return null;
  }
}

export class AuditTrail {
  private constructor(
    private readonly disk: Disk,
    private readonly folder: string,
    private readonly journal: Journal,
    /** Whether events that were on the disk once are no longer there, or were changed. */
    readonly isCutShort: boolean,
  ) {}

  static async open(disk: Disk, folder: string): Promise<AuditTrail> {
    const { journal, records } = (await Journal.open(disk, join(folder, 'audit.amlj')))!;
    const end = await knownEnd(disk, folder);
    const isCutShort = end !== null && end.count > 0 && records[end.count - 1]?.check !== end.check;
    return new AuditTrail(disk, folder, journal, isCutShort);
  }

  /** Resolves once the event is on the disk. */
  async add(event: AuditEvent): Promise<void> {
    await this.journal.append([{ type: TYPE, payload: Buffer.from(JSON.stringify(event), 'utf8') }]);
    const { count, check } = this.journal.mark;
    // The event is kept; an older end still fits the chain.
    await replaceFile(this.disk, this.folder, END, Buffer.from(JSON.stringify({ count, check }))).catch(
      () => undefined,
    );
  }

  /** Every event, checked. @throws Error where the chain is broken */
  async events(): Promise<readonly AuditEvent[]> {
    return (await this.journal.all()).map(
      (r) => JSON.parse(Buffer.from(r.payload).toString('utf8')) as AuditEvent,
    );
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}
