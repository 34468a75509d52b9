import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import type { PublicName } from './publicNames.js';
import { optionCalls } from './optionCalls.js';
import { publicNames } from './publicNames.js';

const listFile = new URL('inventory.json', import.meta.url);
const faces = {
  'tfjs-weldon': 'src/index.ts',
  'tfjs-weldon/node': 'src/index.node.ts',
  'tfjs-weldon/onnx': 'src/onnx/index.ts',
  'tfjs-weldon/search': 'src/search/index.ts',
  'tfjs-weldon/tagging': 'src/tagging/index.ts',
};
type Face = keyof typeof faces;
type Inventory = Record<Face, Record<PublicName['kind'], string[]>>;

/** How many values a face may have at most: a surface that grows beyond it wants a subpath of its own. */
const most: Record<Face, number> = {
  'tfjs-weldon': 110,
  'tfjs-weldon/node': 60,
  'tfjs-weldon/onnx': 10,
  'tfjs-weldon/search': 60,
  'tfjs-weldon/tagging': 60,
};

/** British beginnings of words; names are American. */
const british =
  /(normalis|standardis|minimis|maximis|optimis|localis|recognis|organis|initialis|visualis|regularis|summaris|generalis|colour|centre|grey|modelling|cancell|behaviour|neighbour|favour)/i;

const renewal =
  'A public name appears or goes only on purpose: renew the list by ' +
  '`RENEW_INVENTORY=1 npx mocha test/api/inventory.test.ts`, and say it in CHANGELOG.md';

describe('the public names', function () {
  let names: Record<Face, PublicName[]>;
  const each = Object.keys(faces) as Face[];

  before(() => {
    names = publicNames(faces);
  });

  it('are those of inventory.json', () => {
    const namesOf = (face: Face, kind: PublicName['kind']) =>
      names[face]
        .filter((name) => name.kind === kind)
        .map(({ name }) => name)
        .sort();
    const found = Object.fromEntries(
      each.map((face) => [face, { value: namesOf(face, 'value'), type: namesOf(face, 'type') }]),
    ) as Inventory;
    if (process.env.RENEW_INVENTORY) {
      writeFileSync(listFile, `${JSON.stringify(found, null, 2)}\n`);
    }
    const listed = JSON.parse(readFileSync(listFile, 'utf8')) as Inventory;
    for (const face of each) {
      for (const kind of ['value', 'type'] as const) {
        const appeared = found[face][kind].filter((name) => !listed[face][kind].includes(name));
        const gone = listed[face][kind].filter((name) => !found[face][kind].includes(name));
        expect({ appeared, gone }, `${kind} names of ${face}. ${renewal}`).to.deep.equal({ appeared: [], gone: [] });
      }
    }
  });

  it('are few', () => {
    for (const face of each) {
      const values = names[face].filter(({ kind }) => kind === 'value');
      expect(values.length, `values of ${face}`).to.be.at.most(most[face]);
    }
  });

  it('that take options are in the table of optionCalls.ts, which tests that they refuse unknown ones', () => {
    for (const face of each.filter((face) => optionCalls[face] !== undefined)) {
      const taking = names[face].filter(({ name, takesOptions }) => takesOptions && name !== 'WeldonError');
      expect(
        taking.map(({ name }) => name).filter((name) => !Object.hasOwn(optionCalls[face]!, name)),
        `functions of ${face} that are not in optionCalls.ts`,
      ).to.deep.equal([]);
    }
  });

  it('have a docstring each', () => {
    for (const face of each) {
      const bare = names[face].filter(({ kind, docstring }) => kind === 'value' && docstring.length < 10);
      expect(
        bare.map(({ name, file }) => `${name} in ${file}`),
        `values of ${face} without a docstring`,
      ).to.deep.equal([]);
    }
  });

  it('are written in American English, options included', () => {
    const found = each.flatMap((face) =>
      names[face].flatMap(({ name, parts }) =>
        [name, ...parts].filter((part) => british.test(part)).map((part) => `${part} (${name})`),
      ),
    );
    expect(found).to.deep.equal([]);
  });

  it('are written out in the faces, and nothing else stands there', () => {
    for (const path of Object.values(faces)) {
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
      const statements = text.replace(/\/\*\*[^]*?\*\//g, '').split(';');
      const others = statements.map((each) => each.trim()).filter((each) => each !== '');
      others.forEach((statement) => expect(statement).to.match(/^export (type )?\{[^}]*\} from '\.[^']*\.js'$/));
    }
  });
});
