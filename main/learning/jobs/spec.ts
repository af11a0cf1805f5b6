import { z } from 'zod';

/**
 * What a job is told, as plain data: it is kept on the disk (a restarted application goes on with it) and sent to
 * the engine process. Volumes are named, never carried.
 */

/** Where a volume's voxels come from. `archive` volumes are asked for when needed, by their ID. */
export const volumeSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('archive'), volumeId: z.string() }),
  z.object({ kind: z.literal('file'), file: z.string() }),
]);
export type VolumeSource = z.infer<typeof volumeSourceSchema>;

export const channelSchema = z.object({
  source: volumeSourceSchema,
  /** Changes whenever the voxels may have changed; the slice cache is keyed by it. */
  key: z.string(),
});
export type ChannelRef = z.infer<typeof channelSchema>;

/** One case: the volumes that go into the network together; the first one's grid is the case's grid. */
export const caseSchema = z.object({
  id: z.string(),
  /** Whatever tells people apart; splits are made by it. */
  patient: z.string(),
  channels: z.array(channelSchema).min(1),
});
export type CaseRef = z.infer<typeof caseSchema>;

/** The contours of a case: one file a segment on the case's grid, or what the annotation store handed over. */
export const labelSourceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('files'),
    /** One mask a segment, in the order of the job's segments; any voxel that is not zero belongs to it. */
    files: z.array(z.string()).min(1),
    /** Only these slices (k) count; absent: all. */
    slices: z.array(z.int()).optional(),
    /** Label values that make the segment, where one file holds several; absent: every value but zero. */
    values: z.array(z.array(z.int())).optional(),
  }),
  z.object({ kind: z.literal('packed'), file: z.string() }),
]);
export type LabelSource = z.infer<typeof labelSourceSchema>;

export const labelledCaseSchema = caseSchema.extend({ label: labelSourceSchema });
export type LabelledCaseRef = z.infer<typeof labelledCaseSchema>;

export const slicingSchema = z.object({
  mm: z.number().positive(),
  through: z.union([z.literal('native'), z.number().positive()]),
  size: z.int().positive().multipleOf(16).max(1024),
  interpolation: z.enum(['linear', 'nearest']),
  window: z.tuple([z.number(), z.number()]).optional(),
});

export const readingSchema = z.object({
  clusterOn: z.enum(['raw', 'statistics']),
  patches: z.enum(['all', 'body']),
  foreground: z.enum(['small', 'large']),
  order: z.enum(['as-printed', 'nearest-foreground', 'margin']),
});

/** What of a profile a model must remember to be used again. */
export const recipeSchema = z.object({
  profileId: z.string(),
  channels: z.array(z.string()).min(1),
  slicing: slicingSchema,
  reading: readingSchema,
  width: z.int().min(2).max(128),
  patch: z.int().positive(),
});
export type Recipe = z.infer<typeof recipeSchema>;

const common = {
  title: z.string(),
  /** What everything that is not said here is taken from. */
  preset: z.enum(['desktop', 'paper']),
  recipe: recipeSchema,
  seed: z.int(),
  /** Folder of the slice cache, shared by all jobs. */
  cache: z.string(),
  /** Folder of this job alone: its checkpoint, its pictures. */
  work: z.string(),
  /** Most minutes of work that a crash may cost within an epoch; absent: three. */
  checkpointMinutes: z.number().positive().optional(),
  /** What was told before the run, for its report. */
  estimate: z.object({ seconds: z.number(), diskBytes: z.number() }).optional(),
  /** File in which this machine remembers the configurations that fit it; absent: beside the slice cache. */
  fits: z.string().optional(),
};

export const pretrainSpecSchema = z.object({
  kind: z.literal('pretrain'),
  ...common,
  cases: z.array(caseSchema).min(1),
  epochs: z.int().positive(),
  batch: z.int().positive(),
  learningRate: z.number().positive(),
  /** Variation of the method by name, as the ablation tables call it; `amlp` is the whole method. */
  variant: z.string(),
  /** Most slices of an epoch; absent: as the preset has it. */
  slicesPerEpoch: z.int().positive().optional(),
  /** Folder of a model to go on from; null starts afresh. */
  from: z.string().nullable(),
  model: z.object({ folder: z.string(), name: z.string(), id: z.string() }),
});
export type PretrainSpec = z.infer<typeof pretrainSpecSchema>;

export const teachSpecSchema = z.object({
  kind: z.literal('teach'),
  ...common,
  cases: z.array(labelledCaseSchema).min(1),
  /** Other cases, whose slices nobody contoured and that teach as well; absent: the contours alone. */
  unlabelled: z.array(caseSchema).optional(),
  /** How they teach: what the taught model is sure of teaches a second round (the default), or a mean teacher. */
  selfTraining: z.enum(['pseudo-labels', 'mean-teacher']).optional(),
  segments: z.array(z.string()).min(1),
  epochs: z.int().positive(),
  batch: z.int().positive(),
  learningRate: z.number().positive(),
  /** The pretrained (or earlier taught) model; null starts from random weights. */
  from: z.string().nullable(),
  carryDecoder: z.boolean(),
  /** Variation of the teaching by name; `amlp` changes nothing. */
  variant: z.string(),
  /** Steps of an epoch; absent: as the preset has it. */
  stepsPerEpoch: z.int().positive().optional(),
  /** Whether some taught slices are held back, to stop early and to tell how good it is. */
  heldBack: z.boolean(),
  model: z.object({ folder: z.string(), name: z.string(), id: z.string() }),
});
export type TeachSpec = z.infer<typeof teachSpecSchema>;

export const proposeSpecSchema = z.object({
  kind: z.literal('propose'),
  title: z.string(),
  cache: z.string(),
  work: z.string(),
  case: caseSchema,
  modelFolder: z.string(),
  mirror: z.boolean(),
  uncertainty: z.boolean(),
  /** True where a model is only tried: the result is compared and never becomes the case's proposal. */
  trial: z.boolean().optional(),
  /** File that the proposal is written to. */
  result: z.string(),
});
export type ProposeSpec = z.infer<typeof proposeSpecSchema>;

/** Does a little of everything that a run does, on some of its scans, so that its length can be told. */
export const measureSpecSchema = z.object({
  kind: z.literal('measure'),
  title: z.string(),
  work: z.string(),
  cache: z.string(),
  /** Scans that stand for the others; they are cut, which the run then need not do. */
  cases: z.array(caseSchema).min(1),
  fits: z.string().optional(),
  preset: z.enum(['desktop', 'paper']),
  recipe: recipeSchema,
  batch: z.int().positive(),
  mode: z.enum(['pretrain', 'teach']),
});
export type MeasureSpec = z.infer<typeof measureSpecSchema>;

export const jobSpecSchema = z.discriminatedUnion('kind', [
  pretrainSpecSchema,
  teachSpecSchema,
  proposeSpecSchema,
]);
export type JobSpec = z.infer<typeof jobSpecSchema>;

/** What the engine runs: a job, or a measurement that nobody sees as one. */
export type EngineSpec = JobSpec | MeasureSpec;

/** What a running job tells, at most a few times a second. */
export interface JobProgress {
  /** E.g. "Preparing scans 12 of 34". */
  readonly phase: string;
  /** 0 to 1 of the whole job. */
  readonly fraction: number;
  readonly secondsLeft: number | null;
  readonly point?: { readonly epoch: number; readonly loss: number; readonly maskingRatio?: number };
  readonly pictures?: readonly { original: string; masked: string; reconstructed: string }[];
}

/** What came out. */
export interface JobResult {
  /** One sentence for the person. */
  readonly message: string;
  readonly figures: readonly string[];
  /** How fast it went, where something was learnt or measured. */
  readonly speed?: Speed;
}

/** How long the parts of a run take on this machine; the next run's length is told from it. */
export const speedSchema = z.object({
  /** Resampling and scaling a scan, seconds per million voxels of all channels; 0 where none had to be. */
  perMegavoxel: z.number().nonnegative(),
  /** Looking at a slice before any step: sorting its patches, or trying the readings on its contour. */
  perSlice: z.number().nonnegative(),
  /** Once: the network is made and its step compiled. */
  starting: z.number().nonnegative(),
  perStep: z.number().positive(),
  /** What an epoch takes beside its steps: judging, saving, pictures. */
  perEpoch: z.number().nonnegative(),
  /** Slices that teach, of those that were cut (the rest is air); and those cut, of those that the grids promise. */
  usable: z.number().positive(),
  cut: z.number().positive(),
  /** Of the weights, which a model holds once and a checkpoint three times. */
  weightBytes: z.number().nonnegative(),
});
export type Speed = z.infer<typeof speedSchema>;
