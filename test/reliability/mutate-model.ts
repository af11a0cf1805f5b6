/** Mutations of model files that reach behind the first check: the header is rewritten, the seal made anew. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { zipSync } from 'fflate';

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)];

const EDGES: readonly unknown[] = [
  0,
  -1,
  1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  null,
  true,
  '',
  'F64',
  'BF16',
  'U8',
  '../../x',
  'a'.repeat(600),
  [],
  [0],
  [-1, 4],
  [2 ** 32, 2 ** 32],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  {},
  { shape: [1] },
];

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Changes, removes or adds one thing somewhere in a JSON value. */
function edited(random: () => number, root: unknown): unknown {
  const copy: unknown = structuredClone(root);
  let at = copy;
  while (isObject(at)) {
    const keys = Object.keys(at);
    if (keys.length === 0) break;
    const key = pick(random, keys);
    if (!isObject(at[key]) || random() < 0.3) {
      const choice = random();
      if (choice < 0.15) delete at[key];
      else if (choice < 0.25)
        at[pick(random, ['__proto__', 'constructor', 'extra', '../escape', ' '])] = pick(random, EDGES);
      else if (choice < 0.4 && typeof at[key] === 'number') at[key] = at[key] + pick(random, [-1, 1, 4, 8]);
      else at[key] = pick(random, EDGES);
      break;
    }
    at = at[key];
  }
  return copy;
}

/** Rewrites the header of a safetensors file. */
export function mutateWeights(random: () => number, file: Uint8Array): Uint8Array {
  const length = Number(Buffer.from(file).readBigUInt64LE(0));
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + length)).toString('utf8')) as unknown;
  let text = JSON.stringify(edited(random, header));
  const choice = random();
  if (choice < 0.05) text = '['.repeat(10_000) + ']'.repeat(10_000);
  else if (choice < 0.1) text = text.replace('}', ',}');
  else if (choice < 0.15)
    text = `{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},${text.slice(1)}`;
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(
    random() < 0.9 ? BigInt(head.length) : pick(random, [0n, 1n, 7n, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n]),
  );
  return Buffer.concat([size, head, file.subarray(8 + length)]);
}

export const mutateDescription = (random: () => number, text: string): string =>
  JSON.stringify(edited(random, JSON.parse(text)));

const stranger: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =
  generateKeyPairSync('ed25519');

/** A parcel that a stranger made of any parts, with a signature of the stranger's own that fits. */
export function sealed(
  random: () => number,
  description: string,
  weights: Uint8Array,
): { bytes: Uint8Array; how: string } {
  const fits = random() < 0.8;
  let value: unknown;
  try {
    value = JSON.parse(description);
  } catch {
    value = null;
  }
  if (fits && isObject(value) && isObject(value['weights'])) {
    value['weights']['sha256'] = createHash('sha256').update(weights).digest('hex');
    value['weights']['bytes'] = weights.length;
  }
  const told = Buffer.from(JSON.stringify(value));
  const signature = {
    algorithm: 'Ed25519',
    publicKey: stranger.publicKey.export({ type: 'spki', format: 'pem' }),
    signature: sign(null, told, stranger.privateKey).toString('base64'),
  };
  const entries: Record<string, Uint8Array> = {
    'model.json': told,
    'weights.safetensors': weights,
    'signature.json': Buffer.from(JSON.stringify(signature)),
  };
  const escape = random();
  if (escape < 0.2)
    entries[pick(random, ['../../escape', '/escape', '..\\escape', 'model.json/../../escape'])] = told;
  const level = random() < 0.2 ? 6 : 0;
  return {
    bytes: zipSync(entries, { level }),
    how: `sealed by a stranger${escape < 0.2 ? ', with a name that leads out' : ''}${level ? ', compressed' : ''}`,
  };
}
