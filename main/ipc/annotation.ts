import { z } from 'zod';
import type { AuditExport, AuditVerdict, StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { archiveId, count, edit, nothing, volumeId } from './shapes';

export type AnnotationDomain = Omit<StudioApi['annotation'], 'onProposal' | 'verifyAudit' | 'exportAudit'>;

/** The audit trail, and where a person wants it written. */
export interface AuditDomain {
  verify(): Promise<AuditVerdict>;
  export(folder: string): Promise<AuditExport>;
}

export const annotationHandlers = (
  annotation: AnnotationDomain,
  audit: AuditDomain,
  chooseFolder: () => Promise<string | null>,
): DomainHandlers<'annotation'> => ({
  verifyAudit: { takes: nothing, does: () => audit.verify() },
  exportAudit: {
    takes: nothing,
    does: async () => {
      const folder = await chooseFolder();
      return folder === null ? null : audit.export(folder);
    },
  },
  former: { takes: nothing, does: () => annotation.former() },
  takeOverFormer: { takes: z.tuple([archiveId]), does: (id) => annotation.takeOverFormer(id) },
  open: { takes: z.tuple([volumeId]), does: (id) => annotation.open(id) },
  apply: {
    takes: z.tuple([volumeId, count, edit]),
    does: (id, position, change) => annotation.apply(id, position, change),
  },
  moveTo: { takes: z.tuple([volumeId, count]), does: (id, position) => annotation.moveTo(id, position) },
  edits: { takes: z.tuple([volumeId, count, count]), does: (id, from, to) => annotation.edits(id, from, to) },
  accept: { takes: z.tuple([volumeId]), does: (id) => annotation.accept(id) },
  reopen: { takes: z.tuple([volumeId]), does: (id) => annotation.reopen(id) },
  proposal: { takes: z.tuple([volumeId]), does: (id) => annotation.proposal(id) },
  discardProposal: { takes: z.tuple([volumeId]), does: (id) => annotation.discardProposal(id) },
});
