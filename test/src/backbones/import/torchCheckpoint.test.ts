import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { torchCheckpoint } from '../../../../src/backbones/import/torchCheckpoint.js';
import { WeldonError } from '../../../../src/errors.js';
import { legacyFile, pickle, pickleBytes, unicode } from './pickleBytes.js';

const fixture = (name: string) => Uint8Array.from(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

/** i / 8 for i from `first` on, as fixtures/make.py counts. */
const eighths = (count: number, first = 0) => Array.from({ length: count }, (_, i) => (i + first) / 8);

const tensorPickle = (shape: number, stride: number, length: number, storageClass = 'FloatStorage') =>
  pickle(
    '}',
    unicode('w'),
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    '(',
    unicode('storage'),
    `ctorch\n${storageClass}\n`,
    unicode('0'),
    unicode('cpu'),
    'K',
    length,
    'N',
    't',
    'Q',
    'K',
    0,
    'K',
    shape,
    0x85,
    'K',
    stride,
    0x85,
    0x89,
    '}',
    't',
    'R',
    's',
  );

/** One tensor of three float32 values 1, 2, 3 in the older format. */
const threeValues = (root: Uint8Array) => legacyFile(root, pickle(']', unicode('0'), 'a'),
  pickleBytes(3, 0, 0, 0, 0, 0, 0, 0, new Uint8Array(Float32Array.of(1, 2, 3).buffer)));

for (const name of ['legacy.pth', 'zip.pth']) {
  describe(`torchCheckpoint ${name}`, () => {
    it('lists names and shapes', () => {
      expect([...torchCheckpoint(fixture(name)).shapes]).to.deep.equal([
        ['plain', [2, 3]],
        ['transposed', [2, 3]],
        ['channelsLast', [2, 3, 2, 2]],
        ['head', [4]],
        ['tail', [4]],
        ['half', [5]],
        ['bfloat16', [5]],
        ['double', [5]],
        ['parameter', [2, 2]],
        ['scalar', []],
        ['empty', [0, 3]],
      ]);
    });

    it('reads values in row-major order whatever the strides, types and sharing', () => {
      const source = torchCheckpoint(fixture(name));
      const read = (tensor: string) => [...source.read(tensor) as Float32Array];
      expect(read('plain')).to.deep.equal(eighths(6));
      expect(read('transposed')).to.deep.equal([0, 2, 4, 1, 3, 5].map((i) => i / 8));
      expect(read('channelsLast')).to.deep.equal(eighths(24));
      expect(read('head')).to.deep.equal(eighths(4));
      expect(read('tail')).to.deep.equal(eighths(4, 8));
      for (const tensor of ['half', 'bfloat16', 'double']) {
        expect(read(tensor), tensor).to.deep.equal(eighths(5));
      }
      expect(read('parameter')).to.deep.equal(eighths(4));
      expect(read('scalar')).to.deep.equal([7]);
      expect(read('empty')).to.deep.equal([]);
    });

    it('refuses the file cut off anywhere', () => {
      const whole = fixture(name);
      for (let length = 0; length < whole.length; length += 7) {
        expect(() => {
          const source = torchCheckpoint(whole.subarray(0, length));
          [...source.shapes.keys()].forEach((tensor) => source.read(tensor));
        }, `${length} bytes`).to.throw(WeldonError);
      }
    });

    it('names a tensor that is not there', () => {
      expect(() => torchCheckpoint(fixture(name)).read('missing')).to.throw(WeldonError, 'missing');
    });
  });
}

describe('torchCheckpoint', () => {
  it('reads a hand-written file', () => {
    expect(torchCheckpoint(threeValues(tensorPickle(3, 1, 3))).read('w')).to.deep.equal(Float32Array.of(1, 2, 3));
  });

  describe('exception', () => {
    it('refuses a file that would run a program, naming it', () => {
      const hostile = legacyFile(pickle('cposix\nsystem\n', unicode('id'), 0x85, 'R'));
      expect(() => torchCheckpoint(hostile)).to.throw(WeldonError, 'posix.system');
      expect(() => torchCheckpoint(legacyFile(pickle('ctorch.nn.modules.linear\nLinear\n)', 0x81))))
        .to.throw(WeldonError, 'torch.nn.modules.linear.Linear');
    });

    it('refuses a known function with the wrong arguments', () => {
      const call = (args: (string | number | Uint8Array)[]) =>
        legacyFile(pickle('ctorch._utils\n_rebuild_tensor_v2\n', ...args, 'R'));
      expect(() => torchCheckpoint(call(['(t']))).to.throw(WeldonError, 'arguments that are not a tensor');
      expect(() => torchCheckpoint(call(['N']))).to.throw(WeldonError, 'arguments that are not a tensor');
      expect(() => torchCheckpoint(call(['(K', 1, 'K', 2, 'K', 3, 'K', 4, 't']))).to.throw(WeldonError);
    });

    it('refuses an unknown storage class by name', () => {
      expect(() => torchCheckpoint(threeValues(tensorPickle(3, 1, 3, 'QUInt8Storage')))).to.throw(
        WeldonError,
        'torch.QUInt8Storage',
      );
      expect(() => torchCheckpoint(threeValues(tensorPickle(3, 1, 3, 'toString')))).to.throw(
        WeldonError,
        'torch.toString',
      );
    });

    it('refuses a tensor that reaches outside its storage', () => {
      expect(() => torchCheckpoint(threeValues(tensorPickle(3, 2, 3))).read('w')).to.throw(
        WeldonError,
        'within its storage',
      );
      expect(() => torchCheckpoint(threeValues(tensorPickle(200, 1, 3))).read('w')).to.throw(
        WeldonError,
        'within its storage',
      );
    });

    it('refuses a small file that asks for a large tensor by repeating one value', () => {
      expect(() => torchCheckpoint(fixture('expanded.pth')).read('expanded')).to.throw(
        WeldonError,
        'within its storage',
      );
    });

    it('refuses a count of values that the file does not have', () => {
      const file = threeValues(tensorPickle(3, 1, 3));
      const more = Uint8Array.from(file);
      more[file.length - 20] = 4;
      expect(() => torchCheckpoint(more)).to.throw(WeldonError, 'ends inside storage 1 of 1');
      more[file.length - 13] = 0x80;
      expect(() => torchCheckpoint(more)).to.throw(WeldonError, 'ends inside storage 1 of 1');
    });

    it('says what it found instead of a state_dict', () => {
      expect(() => torchCheckpoint(legacyFile(pickle('}', unicode('epoch'), 'K', 3, 's')))).to.throw(
        WeldonError,
        'a dictionary of epoch',
      );
      expect(() => torchCheckpoint(legacyFile(pickle('K', 3)))).to.throw(WeldonError, 'something else');
      expect(() => torchCheckpoint(Uint8Array.of(1, 2, 3))).to.throw(WeldonError, 'begins like neither');
      expect(() => torchCheckpoint(new Uint8Array())).to.throw(WeldonError, 'begins like neither');
    });
  });
});
