import { z } from 'zod';
import type { StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { jobId, modelId, nothing, profileId, volumeId } from './shapes';

export type LearningDomain = Omit<StudioApi['learning'], 'onJob'>;

const epochs = z.number().int().min(1).max(10_000).optional();

export const learningHandlers = (learning: LearningDomain): DomainHandlers<'learning'> => ({
  profiles: { takes: nothing, does: () => learning.profiles() },
  models: { takes: z.tuple([profileId]), does: (profile) => learning.models(profile) },
  activate: { takes: z.tuple([modelId]), does: (id) => learning.activate(id) },
  estimate: {
    takes: z.union([
      z.tuple([z.enum(['pretrain', 'teach']), profileId]),
      z.tuple([z.enum(['pretrain', 'teach']), profileId, epochs]),
    ]),
    does: (kind, profile, wanted) => learning.estimate(kind, profile, wanted),
  },
  pretrain: {
    takes: z.tuple([profileId, z.strictObject({ epochs })]),
    does: (profile, options) => learning.pretrain(profile, options),
  },
  teach: {
    takes: z.tuple([profileId, z.strictObject({ segmentName: z.string().min(1).max(200), epochs })]),
    does: (profile, options) => learning.teach(profile, options),
  },
  propose: { takes: z.tuple([volumeId]), does: (id) => learning.propose(id) },
  jobs: { takes: nothing, does: () => learning.jobs() },
  pause: { takes: z.tuple([jobId]), does: (id) => learning.pause(id) },
  resume: { takes: z.tuple([jobId]), does: (id) => learning.resume(id) },
  cancel: { takes: z.tuple([jobId]), does: (id) => learning.cancel(id) },
  nextCase: { takes: z.tuple([profileId]), does: (profile) => learning.nextCase(profile) },
});
