import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { recipeSchema } from '../jobs/spec';
import { replaceFolder, sha256, writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../store/safetensors';

export const modelFile = 'model.json';
export const weightsFile = 'weights.safetensors';
/** No network of ours comes near this; a larger file is not one of ours. */
export const maxWeightsBytes = 2 * 1024 ** 3;
export const maxModelBytes = 8 * 1024 ** 2;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);

/** What a model is and where it comes from. Data only: nothing in a model folder is ever executed. */
export const modelSchema = z.object({
  format: z.literal('AMLP Studio model 1'),
  id,
  name: z.string().min(1).max(300),
  kind: z.enum(['pretrained', 'taught']),
  createdAt: z.string(),
  /** The model that this one went on from. */
  parent: id.nullable(),
  recipe: recipeSchema,
  /** Names of the output channels; empty for a pretrained model. */
  segments: z.array(z.string()),
  network: z.object({
    kind: z.enum(['unet2d', 'unet3d']),
    /** Neighbouring slices that a 3D network sees at once. */
    slices: z.int().positive().max(128).optional(),
    inChannels: z.int().positive().max(64),
    outChannels: z.int().positive().max(256),
    width: z.int().positive().max(512),
    depth: z.int().positive().max(8),

    normalisation: z.enum(['none', 'batch', 'instance', 'group']),
  }),
  /** The configuration of the run, as it was used. */
  configuration: z.record(z.string(), z.unknown()),
  learntFrom: z.object({
    patients: z.int().nonnegative(),
    scans: z.int().nonnegative(),
    slices: z.int().nonnegative(),
    /** Scans that nobody contoured and that taught as well, and how many of their slices. */
    unlabelled: z.object({ scans: z.int().nonnegative(), slices: z.int().nonnegative() }).optional(),
    /** SHA-256 of the voxels of each scan, sorted. */
    sha256: z.array(hash),
  }),
  figures: z.array(z.string()),
  metrics: z.record(z.string(), z.number()),
  weights: z.object({ sha256: hash, bytes: z.int().positive() }),
});
export type ModelDescription = z.infer<typeof modelSchema>;

export interface Model {
  readonly description: ModelDescription;
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

const unsound = (folder: string, what: string): StudioError =>
  new StudioError(
    `The model in ${folder} cannot be used: ${what}.`,
    'Take another model, or make or import this one again.',
  );

/** Reads and checks `model.json` alone. @throws StudioError */
export function readModelDescription(folder: string): ModelDescription {
  const file = join(folder, modelFile);
  if (!existsSync(file))
    throw new StudioError(
      `There is no model in ${folder}.`,
      `Give a folder that holds ${modelFile} and ${weightsFile}.`,
    );
  if (statSync(file).size > maxModelBytes) throw unsound(folder, `${modelFile} is far too long`);
  return parseModelDescription(readFileSync(file, 'utf8'), folder);
}

export function parseModelDescription(text: string, where: string): ModelDescription {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unsound(where, `${modelFile} is damaged`);
  }
  const parsed = modelSchema.safeParse(value);
  if (!parsed.success)
    throw unsound(where, `${modelFile} is of another version (${parsed.error.issues[0].path.join('.')})`);
  return parsed.data;
}

/** Reads a model whole; its weights are verified against the description. @throws StudioError */
export function readModel(folder: string): Model {
  const description = readModelDescription(folder);
  const file = join(folder, weightsFile);
  if (!existsSync(file)) throw unsound(folder, 'its weights are missing');
  if (statSync(file).size !== description.weights.bytes) throw unsound(folder, 'its weights are cut off');
  const bytes = readFileSync(file);
  if (sha256(bytes) !== description.weights.sha256) throw unsound(folder, 'its weights were changed');
  try {
    return { description, weights: decodeSafetensors(bytes).tensors };
  } catch (error) {
    throw unsound(folder, error instanceof Error ? error.message : 'its weights are damaged');
  }
}

/** Writes a model beside its place, reads it back, and only then puts it there. */
export function writeModel(
  folder: string,
  description: Omit<ModelDescription, 'weights' | 'format'>,
  weights: ReadonlyMap<string, StoredTensor>,
): ModelDescription {
  const beside = `${folder}.${randomBytes(4).toString('hex')}.part`;
  try {
    mkdirSync(beside, { recursive: true });
    const bytes = Buffer.concat(encodeSafetensors(weights));
    writeAtomic(join(beside, weightsFile), [bytes]);
    const whole: ModelDescription = {
      format: 'AMLP Studio model 1',
      ...description,
      weights: { sha256: sha256(bytes), bytes: bytes.length },
    };
    writeAtomic(join(beside, modelFile), [`${JSON.stringify(whole, null, 2)}\n`]);
    const { description: verified } = readModel(beside);
    replaceFolder(beside, folder);
    return verified;
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}
