import { expect } from 'chai';
import { readPickle } from '../../../src/formats/pickle.js';
import type { PickleVocabulary } from '../../../src/formats/pickle.js';
import { WeldonError } from '../../../src/errors.js';
import { pickle, pickleBytes, unicode } from './pickleBytes.js';

const nothing: PickleVocabulary = { global: () => undefined, call: () => undefined, persistent: () => undefined };
const read = (bytes: Uint8Array) => readPickle(bytes, 0, nothing).value;

describe('readPickle', () => {
  describe('feature', () => {
    it('reads plain values', () => {
      expect(read(pickle('N'))).to.equal(null);
      expect(read(pickle(0x88))).to.equal(true);
      expect(read(pickle(0x89))).to.equal(false);
      expect(read(pickle('K', 200))).to.equal(200);
      expect(read(pickle('M', 0x34, 0x12))).to.equal(0x1234);
      expect(read(pickle('J', 0xfe, 0xff, 0xff, 0xff))).to.equal(-2);
      expect(read(pickle('G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0))).to.equal(1.5);
      expect(read(pickle(unicode('weight')))).to.equal('weight');
      expect(read(pickle(0x8c, 2, 'ab'))).to.equal('ab');
      expect(read(pickle('C', 2, 1, 2))).to.deep.equal(Uint8Array.of(1, 2));
    });

    it('reads long integers: a number where it is exact, a bigint beyond', () => {
      expect(read(pickle(0x8a, 0))).to.equal(0);
      expect(read(pickle(0x8a, 1, 0xff))).to.equal(-1);
      expect(read(pickle(0x8a, 2, 0xff, 0))).to.equal(255);
      expect(read(pickle(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1))).to.equal(2n ** 64n);
    });

    it('reads containers, tuples as arrays and dictionaries as maps', () => {
      expect(read(pickle('](K', 1, 'K', 2, 'eK', 3, 'a'))).to.deep.equal([1, 2, 3]);
      expect(read(pickle('(K', 1, 'K', 2, 't'))).to.deep.equal([1, 2]);
      expect(read(pickle('K', 1, 'K', 2, 'K', 3, 0x87))).to.deep.equal([1, 2, 3]);
      expect(read(pickle('K', 1, 'K', 2, 0x86))).to.deep.equal([1, 2]);
      const map = read(pickle('}(', unicode('a'), 'K', 1, unicode('__proto__'), 'K', 2, 'u'));
      expect(map).to.be.instanceOf(Map);
      expect([...(map as Map<string, number>)]).to.deep.equal([
        ['a', 1],
        ['__proto__', 2],
      ]);
      expect(({} as Record<string, unknown>).a).to.equal(undefined);
    });

    it('recalls memoised values', () => {
      expect(read(pickle(']', unicode('a'), 'q', 5, 'ah', 5, 'a'))).to.deep.equal(['a', 'a']);
      expect(
        read(pickleBytes(0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0, ']', 0x8c, 1, 'a', 0x94, 'ah', 0, 'a.')),
      ).to.deep.equal(['a', 'a']);
    });

    it('says where the pickle ends', () => {
      expect(readPickle(pickleBytes(pickle('K', 1), 'rest'), 0, nothing).end).to.equal(5);
    });
  });

  describe('exception', () => {
    it('refuses every global it was not told of, by name, and calls nothing', () => {
      const system = pickle('cos\nsystem\n', unicode('touch /tmp/owned'), 0x85, 'R');
      expect(() => read(system)).to.throw(WeldonError, 'a reference to os.system');
      expect(() => read(pickle(unicode('builtins'), unicode('eval'), 0x93))).to.throw(WeldonError, 'builtins.eval');
    });

    it('refuses opcodes that build objects, by name', () => {
      expect(() => read(pickle('(ios\nsystem\n'))).to.throw(WeldonError, 'the pickle opcode INST');
      expect(() => read(pickle('}}', 0x81))).to.throw(WeldonError, 'the pickle opcode NEWOBJ');
      expect(() => read(pickle('(o'))).to.throw(WeldonError, 'the pickle opcode OBJ');
      expect(() => read(pickle(0x82, 1))).to.throw(WeldonError, 'the pickle opcode EXT1');
      expect(() => read(pickle(0xfe))).to.throw(WeldonError, 'the pickle opcode 0xfe');
    });

    it('refuses to call what is not a function, and to set attributes on what is not a dictionary', () => {
      expect(() => read(pickle('](', 't', 'R'))).to.throw(WeldonError, 'not a known function');
      expect(() => read(pickle(']}b'))).to.throw(WeldonError, 'attributes');
    });

    it('refuses a pickle cut off anywhere, and one with a huge length in it', () => {
      const whole = pickle('}(', unicode('abc'), 'G', 0, 0, 0, 0, 0, 0, 0, 0, unicode('d'), 'J', 1, 2, 3, 4, 'u');
      expect(read(whole)).to.be.instanceOf(Map);
      for (let length = 0; length < whole.length; length++) {
        expect(() => read(whole.subarray(0, length)), `${length} bytes`).to.throw(WeldonError);
      }
      expect(() => read(pickle('X', 0xff, 0xff, 0xff, 0xff))).to.throw(WeldonError, 'ends too early');
    });

    it('refuses a malformed stack', () => {
      expect(() => read(pickle())).to.throw(WeldonError);
      expect(() => read(pickle('t'))).to.throw(WeldonError);
      expect(() => read(pickle('K', 1, 'K', 2))).to.throw(WeldonError, 'left over');
      expect(() => read(pickle('}(K', 1, 'u'))).to.throw(WeldonError, 'key without a value');
      expect(() => read(pickle('K', 1, 'K', 2, 'a'))).to.throw(WeldonError, 'not a list');
      expect(() => read(pickle('h', 3))).to.throw(WeldonError, 'never given');
      expect(() => read(pickle('K', 1, 'Q'))).to.throw(WeldonError, 'not a tensor storage');
      expect(() => read(pickleBytes(0x80, 5, 'N.'))).to.throw(WeldonError, 'protocol 5');
    });

    it('refuses any single damaged byte cleanly, or reads a value', () => {
      const whole = pickle('}(', unicode('ab'), 'K', 1, unicode('c'), '](K', 2, 'eu');
      for (let at = 0; at < whole.length; at++) {
        for (let value = 0; value < 256; value++) {
          const damaged = Uint8Array.from(whole);
          damaged[at] = value;
          try {
            read(damaged);
          } catch (error) {
            expect(error, `byte ${at} = ${value}`).to.be.instanceOf(WeldonError);
          }
        }
      }
    });
  });
});
