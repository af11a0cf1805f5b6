/** What the window and the command line ask of the audit trail. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditExport, AuditVerdict } from '../../preload/api';
import { nodeDisk, replaceFile } from './disk';
import { auditFile } from './audit-file';
import { auditReport } from './audit-report';
import { AnnotationFailure } from './failure';
import type { AnnotationService } from './service';

export class AuditService {
  constructor(private readonly annotation: AnnotationService) {}

  /** Reads every journal of the open archive again. */
  async verify(): Promise<AuditVerdict> {
    const { lines, faults } = await auditReport(this.annotation);
    return { events: lines.length, faults };
  }

  /**
   * Writes the whole trail into a folder, under a name that tells the time and no patient.
   * @throws AnnotationFailure where the folder is not there, system errors where it cannot be written
   */
  async export(folder: string): Promise<AuditExport> {
    if (!(await stat(folder).catch(() => null))?.isDirectory())
      throw new AnnotationFailure('The folder to export to is not there; choose another.');
    const report = await auditReport(this.annotation);
    const name = `audit-${new Date().toISOString().replace(/[:.]/g, '-')}.csv`;
    await replaceFile(nodeDisk, folder, name, Buffer.from(auditFile(report), 'utf8'));
    return { file: join(folder, name), events: report.lines.length, faults: report.faults };
  }
}
