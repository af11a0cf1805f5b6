import { decodeSafetensors, encodeSafetensors, type StoredTensor, type TensorArray } from './safetensors';

/** Whatever a checkpoint holds: plain values, and typed arrays anywhere among them. */
export type Packable =
  | null
  | boolean
  | number
  | string
  | TensorArray
  | readonly Packable[]
  | { readonly [key: string]: Packable | undefined };

const isTensor = (value: unknown): value is TensorArray =>
  value instanceof Float32Array ||
  value instanceof Float64Array ||
  value instanceof Int32Array ||
  value instanceof Uint32Array ||
  value instanceof Uint8Array;

const marker = '$tensor';

/**
 * A nested value as one safetensors file: typed arrays become tensors, bit for bit, and the rest the metadata
 * `state`. Numbers that JSON does not know (NaN, Infinity, -0) are kept by name.
 * @throws TypeError for anything that is not data (functions, class instances).
 */
export function pack(value: Packable): Uint8Array[] {
  const tensors = new Map<string, StoredTensor>();
  const strip = (item: unknown): unknown => {
    if (isTensor(item)) {
      const name = String(tensors.size);
      tensors.set(name, { shape: [item.length], data: item });
      return { [marker]: name };
    }
    if (typeof item === 'number' && (!Number.isFinite(item) || Object.is(item, -0)))
      return { $number: Object.is(item, -0) ? '-0' : String(item) };
    if (item === null || ['boolean', 'number', 'string'].includes(typeof item)) return item;
    if (Array.isArray(item)) return item.map(strip);
    if (typeof item === 'object' && Object.getPrototypeOf(item) === Object.prototype)
      return Object.fromEntries(
        Object.entries(item)
          .filter(([, child]) => child !== undefined)
          .map(([key, child]) => [key, strip(child)]),
      );
    throw new TypeError('Only plain data can be kept in a checkpoint.');
  };
  const state = JSON.stringify(strip(value));
  return encodeSafetensors(tensors, { state });
}

/** Inverse of {@link pack}. @throws RangeError if the bytes are not what `pack` makes. */
export function unpack(bytes: Uint8Array): unknown {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata['state'] === undefined) throw new RangeError('This file holds tensors but no state.');
  return JSON.parse(metadata['state'], (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null) return item;
    if (marker in item && typeof item[marker] === 'string') {
      const tensor = tensors.get(item[marker]);
      if (tensor === undefined) throw new RangeError('The state names a tensor that the file lacks.');
      return tensor.data;
    }
    if ('$number' in item) return Number(item.$number);
    return item;
  });
}
