import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { z } from 'zod';
import { replaceFolder, sha256, writeAtomic } from '../store/atomic';
import { StudioError } from '../store/failure';
import {
  maxModelBytes,
  maxWeightsBytes,
  modelFile,
  parseModelDescription,
  readModel,
  weightsFile,
  type ModelDescription,
} from './model-folder';

/**
 * A model as one file to hand to a colleague: a zip of `model.json`, `weights.safetensors` and a signature
 * (Ed25519) over `model.json`, which itself names the hash of the weights.
 */
const signatureFile = 'signature.json';
const signatureSchema = z.object({
  algorithm: z.literal('Ed25519'),
  publicKey: z.string().max(500),
  signature: z.string().max(200),
});

/** Short form of a public key (128 bits of its SHA-256) that two people can compare by telephone. */
export const fingerprint = (publicKeyPem: string): string =>
  (sha256(publicKeyPem.trim()).slice(0, 32).match(/.{4}/g) ?? []).join('-');

/** This site's signing key, made at first use and readable by its owner alone. */
function siteKey(identityFolder: string): string {
  const file = join(identityFolder, 'signing-key.pem');
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    mkdirSync(identityFolder, { recursive: true, mode: 0o700 });
    writeAtomic(file, [privateKey.export({ type: 'pkcs8', format: 'pem' }) as string], 0o600);
  }
  return readFileSync(file, 'utf8');
}

const publicKeyOf = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;

/** The public half of this site's key. */
export const sitePublicKey = (identityFolder: string): string =>
  publicKeyOf(createPrivateKey(siteKey(identityFolder)));

/** Writes a model folder as one signed file. @returns the fingerprint of the key that signed it */
export function exportModel(modelFolder: string, identityFolder: string, file: string): string {
  readModel(modelFolder);
  const key = createPrivateKey(siteKey(identityFolder));
  const publicKey = publicKeyOf(key);
  const description = readFileSync(join(modelFolder, modelFile));
  const signature = {
    algorithm: 'Ed25519',
    publicKey,
    signature: sign(null, description, key).toString('base64'),
  };
  const zip = zipSync(
    {
      [modelFile]: description,
      [weightsFile]: readFileSync(join(modelFolder, weightsFile)),
      [signatureFile]: Buffer.from(JSON.stringify(signature)),
    },
    { level: 0 },
  );
  writeAtomic(file, [zip]);
  return fingerprint(publicKey);
}

const refuse = (file: string, what: string): StudioError =>
  new StudioError(
    `${file} was not imported: ${what}.`,
    'Ask whoever sent it to export it again, and compare the fingerprint with them.',
  );

/** A signed model file whose signature and weights were verified; nothing of it is on this machine yet. */
export interface Parcel {
  readonly model: ModelDescription;
  /** `model.json`, byte for byte as it was signed. */
  readonly description: Uint8Array;
  readonly weights: Uint8Array;
  /** Key that signed it, as PEM. Whether to trust it is for a person to say. */
  readonly publicKey: string;
  readonly signedBy: string;
}

/**
 * Reads a signed model file and verifies it whole. Only the three known names are read, whatever else the file holds
 * and wherever its entries claim to belong.
 * @throws StudioError with the reason
 */
export function openParcel(file: string): Parcel {
  const { size } = statSync(file);
  if (size > maxWeightsBytes + maxModelBytes) throw refuse(file, 'it is far too large');
  const limits: Readonly<Record<string, number>> = {
    [modelFile]: maxModelBytes,
    // Weights do not compress, and ours are stored as they are: what would inflate to far more is a bomb.
    [weightsFile]: Math.min(maxWeightsBytes, 4 * size),
    [signatureFile]: 4096,
  };
  let parts: Record<string, Uint8Array>;
  try {
    parts = unzipSync(readFileSync(file), {
      filter: ({ name, originalSize }) => Object.hasOwn(limits, name) && originalSize <= limits[name],
    });
  } catch {
    throw refuse(file, 'it is not a model file or was cut off');
  }
  const [description, weights, seal] = [modelFile, weightsFile, signatureFile].map((name) => parts[name]);
  if (!description || !weights || !seal) throw refuse(file, 'a part of it is missing');
  const signature = signatureSchema.safeParse(safeJson(seal));
  if (!signature.success) throw refuse(file, 'its signature cannot be read');
  const { publicKey, signature: proof } = signature.data;
  if (!isSigned(description, publicKey, proof))
    throw refuse(file, 'its signature does not fit, so it was changed after it was signed');
  const model = parseModelDescription(Buffer.from(description).toString('utf8'), file);
  if (sha256(weights) !== model.weights.sha256) throw refuse(file, 'its weights were changed');
  const normal = createPublicKey(publicKey).export({ type: 'spki', format: 'pem' }) as string;
  return { model, description, weights, publicKey: normal, signedBy: fingerprint(normal) };
}

/**
 * Puts a verified model into `<modelsFolder>/<id>`. The same model again changes nothing.
 * @param file what the model came from, for messages
 * @throws StudioError if another model has its ID
 */
export function unpackParcel(
  { model, description, weights }: Parcel,
  modelsFolder: string,
  file: string,
): ModelDescription {
  const target = join(modelsFolder, model.id);
  if (existsSync(target)) {
    if (readModel(target).description.weights.sha256 === model.weights.sha256) return model;
    throw refuse(file, 'another model with the same ID is already here');
  }
  const beside = `${target}.part`;
  try {
    mkdirSync(beside, { recursive: true });
    writeAtomic(join(beside, weightsFile), [weights]);
    writeAtomic(join(beside, modelFile), [description]);
    readModel(beside);
    replaceFolder(beside, target);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
  return model;
}

/** Verifies a signed model file and takes it over, whoever signed it. @throws StudioError with the reason */
export function importModel(
  file: string,
  modelsFolder: string,
): { readonly model: ModelDescription; readonly signedBy: string } {
  const parcel = openParcel(file);
  return { model: unpackParcel(parcel, modelsFolder, file), signedBy: parcel.signedBy };
}

function safeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
}

function isSigned(data: Uint8Array, publicKey: string, proof: string): boolean {
  try {
    const key = createPublicKey(publicKey);
    return key.asymmetricKeyType === 'ed25519' && verify(null, data, key, Buffer.from(proof, 'base64'));
  } catch {
    return false;
  }
}
