import { z } from 'zod';
import type { ModelId, ModelParcel, ModelSummary, StudioApi } from '../../preload/api';
import type { DomainHandlers } from './gate';
import { jobId, modelId, nothing, path, profileId, volumeId } from './shapes';

export type LearningDomain = Omit<
  StudioApi['learning'],
  'onJob' | 'exportModel' | 'chooseModel' | 'importModel' | 'removeModel'
>;

/** Models as files. */
export interface ModelFiles {
  export(id: ModelId, file: string): string;
  inspect(file: string): ModelParcel;
  import(file: string, agreed: string): ModelSummary;
  remove(id: ModelId): Promise<void>;
}

/** Where models go to and come from is asked of the person here: the window cannot name a path of its own. */
export interface ModelDialogs {
  chooseModelPlace(name: string): Promise<string | null>;
  chooseModelFile(): Promise<string | null>;
}

const epochs = z.number().int().min(1).max(10_000).optional();

export const learningHandlers = (
  learning: LearningDomain,
  files: ModelFiles,
  dialogs: ModelDialogs,
): DomainHandlers<'learning'> => ({
  profiles: { takes: nothing, does: () => learning.profiles() },
  models: { takes: z.tuple([profileId]), does: (profile) => learning.models(profile) },
  removeModel: { takes: z.tuple([modelId]), does: (id) => files.remove(id) },
  exportModel: {
    takes: z.tuple([modelId]),
    does: async (id) => {
      const file = await dialogs.chooseModelPlace(`${id}.amlp`);
      return file === null ? null : { file, signedBy: files.export(id, file) };
    },
  },
  chooseModel: {
    takes: nothing,
    does: async () => {
      const file = await dialogs.chooseModelFile();
      return file === null ? null : files.inspect(file);
    },
  },
  importModel: {
    takes: z.tuple([path, z.string().regex(/^[0-9a-f-]{9,80}$/)]),
    does: (file, agreed) => files.import(file, agreed),
  },
  tryModel: { takes: z.tuple([volumeId, modelId]), does: (id, model) => learning.tryModel(id, model) },
  trial: { takes: z.tuple([volumeId, modelId]), does: (id, model) => learning.trial(id, model) },
  activate: { takes: z.tuple([modelId]), does: (id) => learning.activate(id) },
  estimate: {
    takes: z.tuple([
      z.enum(['pretrain', 'teach']),
      profileId,
      z.strictObject({ epochs, unlabelled: z.boolean().optional() }),
    ]),
    does: (kind, profile, options) => learning.estimate(kind, profile, options),
  },
  pretrain: {
    takes: z.tuple([profileId, z.strictObject({ epochs })]),
    does: (profile, options) => learning.pretrain(profile, options),
  },
  teach: {
    takes: z.tuple([
      profileId,
      z.strictObject({
        segmentName: z.string().min(1).max(200),
        epochs,
        goOn: z.boolean().optional(),
        unlabelled: z.boolean().optional(),
      }),
    ]),
    does: (profile, options) => learning.teach(profile, options),
  },
  propose: { takes: z.tuple([volumeId]), does: (id) => learning.propose(id) },
  jobs: { takes: nothing, does: () => learning.jobs() },
  pause: { takes: z.tuple([jobId]), does: (id) => learning.pause(id) },
  resume: { takes: z.tuple([jobId]), does: (id) => learning.resume(id) },
  cancel: { takes: z.tuple([jobId]), does: (id) => learning.cancel(id) },
  nextCase: { takes: z.tuple([profileId]), does: (profile) => learning.nextCase(profile) },
});
