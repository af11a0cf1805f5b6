/**
 * Tensors as data only: the safetensors format (8 bytes of header length, JSON header, little-endian bytes).
 * The reader trusts nothing: every length, name, shape and offset is checked before a byte is interpreted, so
 * that a model file from elsewhere can at worst be refused.
 */

export type TensorArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by key, as the format allows. */
  readonly metadata: Readonly<Record<string, string>>;
}

const types = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;
type TypeName = keyof typeof types;

const maxHeaderBytes = 16 * 1024 * 1024;
const maxTensors = 20_000;
const maxRank = 8;
const maxName = 512;
const namePattern = /^[\x20-\x7e]+$/;

const typeOf = (data: TensorArray): TypeName =>
  data instanceof Float32Array
    ? 'F32'
    : data instanceof Float64Array
      ? 'F64'
      : data instanceof Int32Array
        ? 'I32'
        : data instanceof Uint32Array
          ? 'U32'
          : 'U8';

const refuse = (what: string): never => {
  throw new RangeError(`This is not a sound safetensors file: ${what}.`);
};

/**
 * The file as parts to be written one after the other (no second copy of the weights is made).
 * Tensors are laid out by element size, then name, so that each is aligned and equal content gives equal bytes.
 * @throws RangeError if a shape does not fit its data or a name is not printable ASCII.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const order = [...tensors].sort(
    ([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  let at = 0;
  for (const [name, { shape, data }] of order) {
    if (!namePattern.test(name) || name.length > maxName || name === '__metadata__')
      throw new RangeError(`"${name}" cannot name a tensor.`);
    if (shape.reduce((n, side) => n * side, 1) !== data.length)
      throw new RangeError(`Tensor "${name}" has ${data.length} values, its shape [${shape.join(', ')}].`);
    header[name] = { dtype: typeOf(data), shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, 0x20);
  text.copy(padded);
  if (padded.length > maxHeaderBytes) throw new RangeError('Too many tensors or too much metadata.');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [
    length,
    padded,
    ...order.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

interface Entry {
  readonly name: string;
  readonly type: TypeName;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readEntry(name: string, value: unknown): Entry {
  if (!namePattern.test(name) || name.length > maxName) return refuse('a tensor has no proper name');
  if (!isRecord(value)) return refuse(`"${name}" is not described`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (Object.keys(value).length !== 3) return refuse(`"${name}" has unknown fields`);
  if (typeof dtype !== 'string' || !Object.hasOwn(types, dtype))
    return refuse(`"${name}" has an unknown type`);
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || shape.length > maxRank || !shape.every(isSize))
    return refuse(`"${name}" has no proper shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return refuse(`"${name}" has no proper place`);
  const [begin, end] = offsets as [number, number];
  const count = (shape as number[]).reduce((n, side) => n * side, 1);
  const type = dtype as TypeName;
  if (!Number.isSafeInteger(count) || end - begin !== count * types[type].BYTES_PER_ELEMENT)
    return refuse(`"${name}" does not have the bytes that its shape needs`);
  return { name, type, shape: shape as number[], begin, end };
}

/** Reads a whole file. Data is copied out of `bytes`. @throws RangeError with the reason if it is not sound. */
export function decodeSafetensors(bytes: Uint8Array): StoredTensors {
  if (bytes.byteLength < 8) return refuse('it is shorter than its header length');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > maxHeaderBytes) return refuse('its header is too long');
  if (8 + headerBytes > bytes.byteLength) return refuse('it ends inside its header');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes)));
  } catch {
    return refuse('its header is not JSON');
  }
  if (!isRecord(header)) return refuse('its header is not an object');
  const metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') entries.push(readEntry(name, value));
    else if (isRecord(value))
      for (const [key, text] of Object.entries(value))
        if (typeof text === 'string') metadata[key] = text;
        else return refuse('its metadata is not text');
    else return refuse('its metadata is not an object');
  }
  if (entries.length > maxTensors) return refuse('it has too many tensors');
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { begin, end } of entries) {
    if (begin !== at) return refuse('its tensors overlap or leave gaps');
    at = end;
  }
  if (8 + headerBytes + at !== bytes.byteLength) return refuse('it is longer or shorter than its tensors');
  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, begin, end } of entries) {
    // A Buffer's own `slice` would be a view into memory that others share.
    const copy = Uint8Array.from(bytes.subarray(8 + headerBytes + begin, 8 + headerBytes + end));
    tensors.set(name, {
      shape,
      data: new types[type](copy.buffer, 0, copy.byteLength / types[type].BYTES_PER_ELEMENT),
    });
  }
  return { tensors, metadata };
}
