import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  type StoredTensor,
} from '../../main/learning/store/safetensors';
import { pack, unpack, type Packable } from '../../main/learning/store/packed';

const bytesOf = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const tensor = fc.oneof(
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.uint32Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
);
const name = fc
  .string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' })
  .filter((n) => n !== '__metadata__' && n !== '__proto__');

describe('safetensors', () => {
  test('what is written is read back, bit for bit', () => {
    fc.assert(
      fc.property(fc.dictionary(name, tensor), (record) => {
        const tensors = new Map<string, StoredTensor>(
          Object.entries(record).map(([key, data]) => [key, { shape: [data.length], data }]),
        );
        const back = decodeSafetensors(bytesOf(encodeSafetensors(tensors, { note: 'é' })));
        expect(back.metadata).toEqual({ note: 'é' });
        expect([...back.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [key, { data }] of tensors) {
          const read = back.tensors.get(key)?.data;
          expect(read?.constructor).toBe(data.constructor);
          expect(Buffer.from(read?.buffer ?? new ArrayBuffer(0))).toEqual(
            Buffer.from(data.buffer, data.byteOffset, data.byteLength),
          );
        }
      }),
    );
  });

  test('equal content gives equal bytes, whatever the order', () => {
    const a = new Map([
      ['x', { shape: [1], data: Float32Array.of(1) }],
      ['y', { shape: [2], data: Uint8Array.of(1, 2) }],
    ]);
    const b = new Map([...a].reverse());
    expect(bytesOf(encodeSafetensors(a))).toEqual(bytesOf(encodeSafetensors(b)));
  });

  test('damaged bytes are refused or read as sound values, never anything else', () => {
    const sound = bytesOf(
      encodeSafetensors(new Map([['w', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]])),
    );
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length), (at, value, length) => {
        const damaged = sound.slice(0, length);
        if (at < damaged.length) damaged[at] = value;
        try {
          for (const { shape, data } of decodeSafetensors(damaged).tensors.values())
            expect(data.length).toBe(shape.reduce((n, side) => n * side, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  const withHeader = (header: unknown, data = new Uint8Array()): Uint8Array => {
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return new Uint8Array(Buffer.concat([length, text, data]));
  };
  test.each([
    [
      'overlap',
      {
        a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
        b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
      },
    ],
    ['gap', { a: { dtype: 'U8', shape: [1], data_offsets: [2, 3] } }],
    ['bytes that do not fit the shape', { a: { dtype: 'F32', shape: [1], data_offsets: [0, 3] } }],
    ['a negative side', { a: { dtype: 'U8', shape: [-1, -3], data_offsets: [0, 3] } }],
    [
      'a product beyond whole numbers',
      { a: { dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 3] } },
    ],
    ['an unknown type', { a: { dtype: 'pickle', shape: [3], data_offsets: [0, 3] } }],
    ['an inherited name as a type', { a: { dtype: 'constructor', shape: [3], data_offsets: [0, 3] } }],
    ['data that nobody claims', {}],
  ])('refuses %s', (_what, header) => {
    expect(() => decodeSafetensors(withHeader(header, new Uint8Array(3)))).toThrow(RangeError);
  });

  test('refuses a header longer than the file, and one longer than allowed', () => {
    for (const claimed of [1000n, 2n ** 63n]) {
      const bytes = withHeader({});
      new DataView(bytes.buffer).setBigUint64(0, claimed, true);
      expect(() => decodeSafetensors(bytes)).toThrow(RangeError);
    }
  });
});

describe('a packed state', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string(),
      tensor,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => !key.startsWith('$') && key !== '__proto__'),
        tie('value'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).value;

  test('comes back as it was, numbers that JSON lacks included', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(unpack(bytesOf(pack(value as Packable)))).toEqual(value);
      }),
    );
  });
});
