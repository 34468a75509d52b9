import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { safetensors } from '../../../src/formats/safetensors.js';
import type { NumberArray } from '../../../src/formats/numberTypes.js';
import { WeldonError } from '../../../src/errors.js';
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

    it('finds another thing to say about most of the broken ones', () => {
      const broken = Object.values(files).filter((file) => file.expect !== 'accept').length;
      expect(sentences.size).to.be.at.least(broken * 0.8);
    });
  });
});
