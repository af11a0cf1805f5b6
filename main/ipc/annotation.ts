import { z } from 'zod';
import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { count, edit, volumeId } from './shapes';

export type AnnotationDomain = Omit<StudioApi['annotation'], 'onProposal'>;

export const annotationHandlers = (annotation: AnnotationDomain): DomainHandlers<'annotation'> => ({
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
