/**
 * The audit trail of an archive: one chained journal of what was accepted, reopened, proposed, taken over, imported and
 * exported. Each event names the place in the case's own journal, so that neither can be changed without the other.
 */
import { join } from 'node:path';
import type { VolumeId } from '../../preload/api';
import type { Disk } from './disk';
import { Journal, type JournalMark } from './journal';

export type AuditKind = 'accepted' | 'reopened' | 'proposed' | 'proposal discarded' | 'imported' | 'exported';

export interface AuditEvent {
  readonly at: string;
  readonly by: string;
  readonly kind: AuditKind;
  readonly volumeId: VolumeId;
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

export class AuditTrail {
  private constructor(private readonly journal: Journal) {}

  static async open(disk: Disk, folder: string): Promise<AuditTrail> {
    const opened = await Journal.open(disk, join(folder, 'audit.amlj'));
    return new AuditTrail(opened!.journal);
  }

  /** Resolves once the event is on the disk. */
  async add(event: AuditEvent): Promise<void> {
    await this.journal.append([{ type: TYPE, payload: Buffer.from(JSON.stringify(event), 'utf8') }]);
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
