import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { storeFloat16 } from '../../../src/formats/float16.js';
import { encodeSafetensors, safetensors } from '../../../src/formats/safetensors.js';
import type { NumberArray } from '../../../src/formats/numberTypes.js';
import { WeldonError } from '../../../src/errors.js';
import { expectError } from '../../expectError.js';
import { describeWithShared, sharedPath } from '../../shared.js';
import { expectRejection } from './expectRejection.js';

interface ExpectedFile {
  expect: 'accept' | 'unsupported' | 'reject';
  why: string;
  metadata?: Record<string, string>;
  tensors?: Record<string, { dtype: string; shape: number[]; head: (number | string)[]; sum?: number }>;
}

/** How expected.json writes a value: what JSON has no number for, and 64-bit integers, as text. */
function written(value: number | bigint): number | string {
  if (typeof value === 'bigint') {
    return String(value);
  }
  return Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value);
}

function headOf(values: NumberArray, count: number): (number | string)[] {
  return Array.from(values.subarray(0, count) as ArrayLike<number | bigint>, written);
}

function numbers(values: NumberArray): number[] {
  return Array.from(values as ArrayLike<number | bigint>, Number);
}

/** A file whose header is the given text, or JSON value. */
function fileOf(header: unknown, data = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
  return Uint8Array.of(...length, ...text, ...data);
}

describe('safetensors', () => {
  const three = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
  const entry = { dtype: 'F32', shape: [3], data_offsets: [0, 12] };

  it('reads names, shapes, types, metadata and values, whole or in part', async () => {
    const file = await safetensors(fileOf({ __metadata__: { format: 'pt' }, w: entry }, three));
    expect([...file.shapes]).to.deep.equal([['w', [3]]]);
    expect([...file.dtypes]).to.deep.equal([['w', 'F32']]);
    expect([...file.metadata]).to.deep.equal([['format', 'pt']]);
    expect(await file.read('w')).to.deep.equal(Float32Array.of(1, 2, 3));
    expect(await file.readPart('w', 1, 2)).to.deep.equal(Float32Array.of(2, 3));
  });

  it('takes bytes, a buffer, a Blob and ranges', async () => {
    const bytes = fileOf({ w: entry }, three);
    const sources = [
      bytes,
      Buffer.from(bytes),
      bytes.buffer as ArrayBuffer,
      new Blob([bytes as BlobPart]),
      { size: bytes.length, read: async (offset: number, length: number) => bytes.slice(offset, offset + length) },
    ];
    for (const source of sources) {
      expect(await (await safetensors(source)).read('w')).to.deep.equal(Float32Array.of(1, 2, 3));
    }
  });

  it('gives values that are not views of the bytes it was given', async () => {
    const bytes = fileOf({ w: entry }, three);
    for (const source of [bytes, Buffer.from(bytes)]) {
      (await (await safetensors(source)).read('w')).fill(9);
      expect(await (await safetensors(source)).read('w')).to.deep.equal(Float32Array.of(1, 2, 3));
    }
  });

  describe('encodeSafetensors', () => {
    it('gives the bytes that the format prescribes: length, header padded to 8 bytes, values, the widest first', () => {
      const bytes = encodeSafetensors(
        [
          { name: 'h', shape: [2], values: Uint16Array.of(0x3c00, 0xc000), dtype: 'F16' },
          { name: 'w', shape: [1, 1], values: Float32Array.of(-2) },
        ],
        { by: 'her' },
      );
      const header =
        '{"__metadata__":{"by":"her"},"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},' +
        '"h":{"dtype":"F16","shape":[2],"data_offsets":[4,8]}}';
      expect(header.length).to.equal(137);
      expect(Buffer.from(bytes).toString('latin1')).to.equal(
        `\x90\0\0\0\0\0\0\0${header}       \0\0\0\xc0\0\x3c\0\xc0`,
      );
    });

    it('comes back in every type, names of every kind, no tensors and no values', async () => {
      const arrays: NumberArray[] = [
        Float64Array.of(Math.PI, NaN),
        Float32Array.of(1e-40, -0),
        BigInt64Array.of(-(2n ** 63n), 5n),
        BigUint64Array.of(2n ** 64n - 1n, 5n),
        Int32Array.of(-(2 ** 31), 5),
        Uint32Array.of(2 ** 32 - 1, 5),
        Int16Array.of(-32768, 5),
        Uint16Array.of(65535, 5),
        Int8Array.of(-128, 5),
        Uint8Array.of(255, 5),
        Float32Array.of(),
      ];
      const names = ['12', '3', '__proto__', 'é/"', '', ...'abcdef'];
      const written = arrays.map((values, i) => ({ name: names[i], shape: [values.length], values }));
      const file = await safetensors(encodeSafetensors(written, { note: 'two\nlines' }));
      expect([...file.metadata]).to.deep.equal([['note', 'two\nlines']]);
      for (const { name, shape, values } of written) {
        expect(file.shapes.get(name)).to.deep.equal(shape);
        expect(await file.readStored(name)).to.deep.equal(values);
      }
      const flags = encodeSafetensors([{ name: 'b', shape: [], values: Uint8Array.of(1), dtype: 'BOOL' }]);
      expect([...(await safetensors(flags)).dtypes]).to.deep.equal([['b', 'BOOL']]);
      expect((await safetensors(encodeSafetensors([]))).shapes.size).to.equal(0);
    });

    it('exception: names twice, values that fit neither shape nor type', () => {
      const w = { name: 'w', shape: [2], values: Float32Array.of(1, 2) };
      for (const [tensors, name] of [
        [[w, w], 'w'],
        [[{ ...w, name: '__metadata__' }], '__metadata__'],
      ] as const) {
        expectError(
          () => encodeSafetensors(tensors, { a: 'b' }),
          `Expected names for encodeSafetensors to be given once each, and none __metadata__ but received "${name}"`,
        );
      }
      expectError(
        () => encodeSafetensors([{ ...w, shape: [3] }]),
        'Expected tensor w for encodeSafetensors to be 3 values of F32, as its shape [3] is but received 2 in a Float32Array',
      );
      expectError(
        () => encodeSafetensors([{ ...w, dtype: 'F16' }]),
        'Expected tensor w for encodeSafetensors to be 2 values of F16, as its shape [2] is but received 2 in a Float32Array',
      );
    });
  });

  describe('exception', () => {
    const fails = (bytes: Uint8Array, words: string) => expectRejection(safetensors(bytes), words);

    it('names a tensor that is not there, and a part outside it', async () => {
      const file = await safetensors(fileOf({ w: entry }, three));
      await expectRejection(file.read('v'), 'Expected tensor v to be in the file but received a file without it');
      await expectRejection(
        file.readPart('w', 2, 2),
        'Expected values of tensor w in the file to be within its 3 but received 2 from 2 on',
      );
    });

    it('says what is wrong in words', async () => {
      await fails(
        fileOf('{"w":{},"w":{}}'),
        'Expected names in the header of the file to be given once each but received "w" twice',
      );
      await fails(fileOf('{"w":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'), '"dtype" twice');
      await fails(
        fileOf({ w: entry }, three.subarray(4)),
        'complete, with 12 bytes of tensors but received 8: the file is cut off',
      );
      await fails(
        fileOf({ w: { ...entry, dtype: 'F8_E4M3' } }, three),
        'Expected the dtype of tensor "w" in the file to be one of F64, F32, F16, BF16, I64, U64, I32, U32, I16, ' +
          'U16, I8, U8, BOOL but received "F8_E4M3"',
      );
      await fails(
        fileOf({ w: { ...entry, shape: [2] } }, three),
        'tensor "w" in the file to be 8 bytes long, as F32 of shape [2] is but received data_offsets 12 bytes apart',
      );
      await fails(
        new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
        'a Git LFS pointer',
      );
      await fails(Uint8Array.of(1, 2), 'the length of its header in 8 bytes but received 2 bytes');
      await expectRejection(safetensors(7 as never), 'Expected source for safetensors to be a Uint8Array');
    });

    it('takes a key like a value, an escaped key and a value with a colon for what they are', async () => {
      const header = {
        __metadata__: { a: 'w', w: ': {' },
        w: entry,
        '"w"': { ...entry, shape: [0], data_offsets: [12, 12] },
      };
      const file = await safetensors(fileOf(header, three));
      expect([...file.shapes.keys()]).to.deep.equal(['w', '"w"']);
      await fails(fileOf('{"\\u0077":{},"w":{}}'), '"w" twice');
    });
  });

  describeWithShared('golden files', 'golden/safetensors/expected.json', (path) => {
    const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files: Record<string, ExpectedFile> };
    const bytesOf = (name: string) => readFileSync(sharedPath(`golden/safetensors/${name}`));
    const sentences = new Set<string>();

    for (const [name, wanted] of Object.entries(files)) {
      it(`${wanted.expect}s ${name}: ${wanted.why}`, async () => {
        const bytes = bytesOf(name);
        if (wanted.expect !== 'accept') {
          const error = await safetensors(bytes).then(
            () => null,
            (reason: unknown) => reason,
          );
          expect(error).to.be.instanceOf(WeldonError);
          const { message } = error as WeldonError;
          expect(message, 'one sentence').to.match(/^Expected (.+ )?the file to be .+ but received [^\n]+$/);
          sentences.add(message);
          if (wanted.expect === 'unsupported') {
            expect(message).to.match(/tensor "\w+" .* received "F8_/);
          }
          return;
        }
        const file = await safetensors(bytes);
        if (wanted.metadata !== undefined) {
          expect(Object.fromEntries(file.metadata)).to.deep.equal(wanted.metadata);
        }
        expect([...file.shapes.keys()].sort()).to.deep.equal(Object.keys(wanted.tensors ?? {}).sort());
        for (const [tensor, { dtype, shape, head, sum }] of Object.entries(wanted.tensors ?? {})) {
          expect(file.dtypes.get(tensor), tensor).to.equal(dtype);
          expect(file.shapes.get(tensor), tensor).to.deep.equal(shape);
          const stored = await file.readStored(tensor);
          expect(headOf(stored, head.length), tensor).to.deep.equal(head);
          const values = await file.read(tensor);
          expect(values).to.be.instanceOf(Float32Array);
          const rounded = numbers(stored)
            .slice(0, head.length)
            .map((value) => written(Math.fround(value)));
          expect(headOf(values, head.length), tensor).to.deep.equal(rounded);
          if (sum !== undefined) {
            const got = numbers(stored).reduce((total, value) => total + value, 0);
            expect(got, `sum of ${tensor}`).to.be.closeTo(sum, 1e-8 * Math.abs(sum) + 1e-7);
          }
        }
      });
    }

    for (const type of ['f32', 'f16', 'bf16']) {
      it(`encodeSafetensors gives the very bytes of the reference, ${type}`, async () => {
        const bytes = bytesOf(`resnet18w16_first20.${type}.safetensors`);
        const file = await safetensors(bytes);
        const tensors = [...file.shapes].sort().map(async ([name, shape]) => {
          const dtype = file.dtypes.get(name)!;
          const values = await file.readStored(name);
          const bits = new Uint16Array(values.length);
          if (dtype === 'F16') {
            storeFloat16(values as Float32Array, bits);
          } else if (dtype === 'BF16') {
            bits.set(new Uint32Array(values.buffer).map((word) => word >>> 16));
          }
          return { name, shape, dtype, values: dtype.endsWith('F16') ? bits : values };
        });
        const again = encodeSafetensors(await Promise.all(tensors), Object.fromEntries(file.metadata));
        expect(Buffer.from(again).equals(bytes)).to.equal(true);
      });
    }

    it('finds another thing to say about most of the broken ones', () => {
      const broken = Object.values(files).filter((file) => file.expect !== 'accept').length;
      expect(sentences.size).to.be.at.least(broken * 0.8);
    });
  });
});
