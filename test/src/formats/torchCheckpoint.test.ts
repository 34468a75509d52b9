import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { arrayRanges } from '../../../src/formats/byteRanges.js';
import { openWeights } from '../../../src/formats/openWeights.js';
import { torchCheckpoint } from '../../../src/formats/torchCheckpoint.js';
import { asZip64 } from './asZip64.js';
import { expectRejection } from './expectRejection.js';
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
const threeValues = (root: Uint8Array, stored = 3) =>
  legacyFile(
    root,
    pickle(']', unicode('0'), 'a'),
    pickleBytes(stored, 0, 0, 0, 0, 0, 0, 0, new Uint8Array(Float32Array.of(1, 2, 3).buffer)),
  );

for (const name of ['legacy.pth', 'zip.pth']) {
  describe(`torchCheckpoint ${name}`, () => {
    it('lists names and shapes', async () => {
      expect([...(await torchCheckpoint(fixture(name))).shapes]).to.deep.equal([
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

    it('reads values in row-major order whatever the strides, types and sharing', async () => {
      const source = await torchCheckpoint(fixture(name));
      const read = async (tensor: string) => [...(await source.read(tensor))];
      expect(await read('plain')).to.deep.equal(eighths(6));
      expect(await read('transposed')).to.deep.equal([0, 2, 4, 1, 3, 5].map((i) => i / 8));
      expect(await read('channelsLast')).to.deep.equal(eighths(24));
      expect(await read('head')).to.deep.equal(eighths(4));
      expect(await read('tail')).to.deep.equal(eighths(4, 8));
      for (const tensor of ['half', 'bfloat16', 'double']) {
        expect(await read(tensor), tensor).to.deep.equal(eighths(5));
      }
      expect(await read('parameter')).to.deep.equal(eighths(4));
      expect(await read('scalar')).to.deep.equal([7]);
      expect(await read('empty')).to.deep.equal([]);
    });

    it('reads parts of tensors, transposed ones too', async () => {
      const source = await torchCheckpoint(fixture(name));
      const part = async (tensor: string, start: number, count: number) => [
        ...(await source.readPart!(tensor, start, count)),
      ];
      expect(await part('plain', 2, 3)).to.deep.equal([2, 3, 4].map((i) => i / 8));
      expect(await part('transposed', 1, 4)).to.deep.equal([2, 4, 1, 3].map((i) => i / 8));
      expect(await part('channelsLast', 7, 9)).to.deep.equal(eighths(9, 7));
      expect(await part('tail', 3, 1)).to.deep.equal([11 / 8]);
      expect(await part('half', 5, 0)).to.deep.equal([]);
      await expectRejection(
        part('plain', 4, 3),
        'Expected values of tensor plain to be within its 6 but received 3 from 4 on',
      );
    });

    it('reads only what is asked for', async () => {
      const ranges = arrayRanges(fixture(name));
      let most = 0;
      const source = await torchCheckpoint({
        ...ranges,
        read(offset, length) {
          most = Math.max(most, offset + length > ranges.size ? Infinity : length);
          return ranges.read(offset, length);
        },
      });
      most = 0;
      await source.read('plain');
      expect(most).to.be.at.most(30);
    });

    it('refuses the file cut off anywhere', async () => {
      const whole = fixture(name);
      const readAll = async (bytes: Uint8Array) => {
        const source = await torchCheckpoint(bytes);
        for (const tensor of source.shapes.keys()) {
          await source.read(tensor);
        }
      };
      for (let length = 0; length < whole.length; length += 7) {
        await expectRejection(readAll(whole.subarray(0, length)), 'Expected');
      }
    });

    it('names a tensor that is not there', async () => {
      await expectRejection((await torchCheckpoint(fixture(name))).read('missing'), 'missing');
    });
  });
}

describe('torchCheckpoint', () => {
  const fails = (bytes: Uint8Array, message: string) => expectRejection(torchCheckpoint(bytes), message);
  const failsToRead = async (bytes: Uint8Array, tensor: string, message: string) =>
    expectRejection((await torchCheckpoint(bytes)).read(tensor), message);

  it('reads a hand-written file', async () => {
    const source = await torchCheckpoint(threeValues(tensorPickle(3, 1, 3)));
    expect(await source.read('w')).to.deep.equal(Float32Array.of(1, 2, 3));
  });

  it('reads a zip64 archive', async () => {
    const source = await torchCheckpoint(asZip64(fixture('zip.pth')));
    const plain = await torchCheckpoint(fixture('zip.pth'));
    for (const [name, shape] of plain.shapes) {
      expect(source.shapes.get(name)).to.deep.equal(shape);
      expect(await source.read(name)).to.deep.equal(await plain.read(name));
    }
  });

  it('refuses a zip64 archive cut off anywhere, and one whose entries lack their sizes', async () => {
    const whole = asZip64(fixture('zip.pth'));
    for (let length = whole.length - 120; length < whole.length; length++) {
      await fails(whole.subarray(0, length), 'Expected');
    }
    // The locator and the end record lose their marks; the first entry's extra field becomes another one.
    const spoilt = (at: number) => Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ 0x40 : byte));
    await fails(spoilt(whole.length - 22 - 20), 'a zip64 archive with a damaged end');
    await fails(spoilt(whole.length - 22 - 20 - 56), 'a zip64 archive with a damaged end');
    const view = new DataView(whole.buffer);
    const directory = Number(view.getBigUint64(whole.length - 22 - 20 - 56 + 48, true));
    await fails(spoilt(directory + 46 + view.getUint16(directory + 28, true)), 'without its sizes');
  });

  it('reads a pickle longer than what it looks at first', async () => {
    const names = Array.from({ length: 20_000 }, (_, i) => unicode(`a name that means nothing ${i}`));
    const root = pickle(
      '}',
      unicode('notes'),
      '](',
      ...names,
      'es',
      unicode('state_dict'),
      tensorPickle(3, 1, 3).subarray(2, -1),
      's',
    );
    expect(root.length).to.be.greaterThan(500_000);
    expect(await (await torchCheckpoint(threeValues(root))).read('w')).to.deep.equal(Float32Array.of(1, 2, 3));
  });

  /** Opcodes that give the tensor of three values, without an end. */
  const tensor = tensorPickle(3, 1, 3).subarray(3 + unicode('w').length, -2);
  const entry = (name: string) => [unicode(name), tensor, 's'];
  const namesIn = async (...root: (string | number | Uint8Array)[]) => [
    ...(await torchCheckpoint(threeValues(pickle(...root)))).shapes.keys(),
  ];

  it('finds the weights beside other tensors, and deeper', async () => {
    const inner = ['}', ...entry('a'), ...entry('b')];
    expect(
      await namesIn('}', ...entry('best_acc1'), unicode('state_dict'), ...inner, 's'),
      'a tensor beside',
    ).to.deep.equal(['a', 'b']);
    expect(await namesIn('}', unicode('x'), '}', unicode('net'), ...inner, 'ss'), 'two levels').to.deep.equal([
      'a',
      'b',
    ]);
    expect(await namesIn(']', ...inner, 'a}', ...entry('c'), 0x86), 'a list').to.deep.equal(['a', 'b']);
    // Momentum and the like: more tensors, each in a dictionary of its own.
    const moments = [1, 2, 3].flatMap((key) => ['K', key, '}', ...entry('exp_avg'), 's']);
    expect(
      await namesIn('}', unicode('optimizer'), '}', ...moments, 's', unicode('model'), ...inner, 's'),
    ).to.deep.equal(['a', 'b']);
    expect(
      await namesIn('}', unicode('body'), ...inner, 's', unicode('fc'), '}', ...entry('weight'), 's'),
      'in parts',
    ).to.deep.equal(['a', 'b', 'fc.weight']);
  });

  it('reads what an old PyTorch wrote, and tensors that say their own type', async () => {
    const asText = (bytes: Uint8Array) => String.fromCharCode(...bytes);
    const call = asText(tensorPickle(3, 1, 3));
    const changed = (before: string, now: string) =>
      threeValues(Uint8Array.from(call.replace(before, now), (letter) => letter.charCodeAt(0)));
    const old = await torchCheckpoint(changed('_rebuild_tensor_v2', '_rebuild_tensor'));
    expect([...(await old.read('w'))]).to.deep.equal([1, 2, 3]);
    const typed = (dtype: string) => {
      const text = call
        .replace('_rebuild_tensor_v2', '_rebuild_tensor_v3')
        .replace('ctorch\nFloatStorage', 'ctorch.storage\nUntypedStorage')
        .replace('K\u0003N', 'K\u000cN')
        .replace('\u0089}t', `\u0089}ctorch\n${dtype}\nt`);
      return torchCheckpoint(
        threeValues(
          Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
          12,
        ),
      );
    };
    const bits = [...new Uint32Array(Float32Array.of(1, 2, 3).buffer)];
    expect([...(await (await typed('uint32')).read('w'))]).to.deep.equal(bits);
    await expectRejection(
      (await typed('float8_e5m2')).read('w'),
      'of a type that is read but received torch.float8_e5m2',
    );
  });

  it('reads harmless values beside the weights', async () => {
    const beside: Record<string, (string | number | Uint8Array)[]> = {
      dtype: ['ctorch\nfloat32\n'],
      device: ['ctorch\ndevice\n', unicode('cuda'), 0x85, 'R'],
      set: ['c__builtin__\nset\n](K', 1, 'e', 0x85, 'R'],
      'set of protocol 4': [0x8f, '(K', 1, 0x90],
      counter: ['ccollections\nCounter\n}', unicode('a'), 'K', 1, 's', 0x85, 'R'],
      defaultdict: ['ccollections\ndefaultdict\n', 'c__builtin__\nlist\n', 0x85, 'R'],
      bytes: ['c_codecs\nencode\n', unicode('x'), unicode('latin1'), 0x86, 'R'],
    };
    for (const [what, value] of Object.entries(beside)) {
      const names = await namesIn('}', ...entry('w'), unicode('beside'), ...value, 's');
      expect(names, what).to.deep.equal(['w']);
    }
    const call = ['ctorch._utils\n_rebuild_tensor_v2\n', 'ctorch\nTensor\n'];
    const args = tensor.subarray('ctorch._utils\n_rebuild_tensor_v2\n'.length, -1);
    const subclass = ['ctorch._tensor\n_rebuild_from_type_v2\n(', ...call, args, '}', unicode('note'), 'K', 1, 'stR'];
    expect(await namesIn('}', unicode('w'), ...subclass, 's')).to.deep.equal(['w']);
  });

  describe('exception', () => {
    it('refuses at once a pickle that unfolds for ever', async () => {
      // A list that holds the one before twice, 60 times over: 2⁶⁰ items for whoever writes them out.
      const start = Date.now();
      const levels = [']', ...Array.from({ length: 60 }, (_, i) => ['q', i, 'h', i, 0x86]).flat()];
      await fails(legacyFile(pickle('}', ...levels, 'K', 1, 's')), 'a dictionary of another key');
      await fails(legacyFile(pickle(...levels)), 'something else');
      await fails(legacyFile(pickle(...levels, unicode('x'), 0x93)), 'a name that is no text');
      expect(Date.now() - start).to.be.lessThan(1000);
    });

    it('says what a tar archive is', async () => {
      const tar = new Uint8Array(1024);
      tar.set(new TextEncoder().encode('sys_info'));
      await fails(tar, 'a tar archive, as PyTorch wrote checkpoints before version 0.2');
      await expectRejection(openWeights(tar), 'a tar archive');
    });

    it('refuses a file that would run a program, naming it', async () => {
      await fails(legacyFile(pickle('cposix\nsystem\n', unicode('id'), 0x85, 'R')), 'posix.system');
      await fails(legacyFile(pickle('ctorch.nn.modules.linear\nLinear\n)', 0x81)), 'torch.nn.modules.linear.Linear');
      // A bare pickle is no checkpoint, and what it would have run is told all the same.
      await fails(pickle('cposix\nsystem\n', unicode('id'), 0x85, 'R'), 'posix.system');
      await fails(pickle('K', 3), 'a Python pickle without tensors');
    });

    it('names the file', async () => {
      const named = (bytes: Uint8Array) => torchCheckpoint(arrayRanges(bytes, 'lite0.pth'));
      await expectRejection(named(legacyFile(pickle('cposix\nsystem\n'))), 'Expected lite0.pth to be tensors in plain');
      await expectRejection(named(fixture('zip.pth').subarray(0, -30)), 'Expected lite0.pth to be a complete zip file');
      await expectRejection(
        (await named(threeValues(tensorPickle(3, 2, 3)))).read('w'),
        'Expected tensor w of lite0.pth to be within its storage',
      );
    });

    it('refuses a known function with the wrong arguments', async () => {
      const call = (args: (string | number | Uint8Array)[]) =>
        legacyFile(pickle('ctorch._utils\n_rebuild_tensor_v2\n', ...args, 'R'));
      await fails(call(['(t']), 'arguments that are not a tensor');
      await fails(call(['N']), 'arguments that are not a tensor');
      await fails(call(['(K', 1, 'K', 2, 'K', 3, 'K', 4, 't']), 'arguments that are not a tensor');
    });

    it('refuses an unknown storage class by name', async () => {
      await fails(threeValues(tensorPickle(3, 1, 3, 'QUInt8Storage')), 'torch.QUInt8Storage');
      await fails(threeValues(tensorPickle(3, 1, 3, 'toString')), 'torch.toString');
    });

    it('refuses a tensor that reaches outside its storage', async () => {
      await failsToRead(threeValues(tensorPickle(3, 2, 3)), 'w', 'within its storage');
      await failsToRead(threeValues(tensorPickle(200, 1, 3)), 'w', 'within its storage');
    });

    it('refuses a small file that asks for a large tensor by repeating one value', async () => {
      await failsToRead(fixture('expanded.pth'), 'expanded', 'within its storage');
    });

    it('refuses a count of values that the file does not have, or does not mean', async () => {
      await fails(threeValues(tensorPickle(3, 1, 4)), 'ends inside storage 1 of 1');
      const file = threeValues(tensorPickle(3, 1, 3));
      const more = Uint8Array.from(file);
      more[file.length - 20] = 4;
      await failsToRead(more, 'w', 'one whose storage 0 holds 3 values but received 4');
    });

    it('says what it found instead of a state_dict', async () => {
      await fails(legacyFile(pickle('}', unicode('epoch'), 'K', 3, 's')), 'a dictionary of epoch');
      await fails(legacyFile(pickle('K', 3)), 'something else');
      await fails(Uint8Array.of(1, 2, 3), 'begins like neither');
      await fails(new Uint8Array(), 'begins like neither');
      await fails(new TextEncoder().encode('<!DOCTYPE html><title>404</title>'), 'a web page');
    });
  });
});
