import { expect } from 'chai';
import { blendTags } from '../../../../src/tagging/tags/blendTags.js';
import type { ImageTags } from '../../../../src/tagging/tags/tagImages.js';
import { checkTagRules } from '../../../../src/tagging/tags/tagRules.js';
import { expectError } from '../../../expectError.js';

const labels = ['seashore', 'sandbar', 'lakeside', 'coast', 'bedroom', 'web site', 'piña, colada|drink'];

const image = (...tags: [tag: string, p: number, model: string][]): ImageTags => ({
  tags: tags.map(([tag, p, model], i) => ({ tag, p, model, rank: i + 1 })),
  verdicts: [],
});

const both = image(
  ['seashore', 0.6, 'ImageNet'],
  ['sandbar', 0.2, 'ImageNet'],
  ['lakeside', 0.1, 'ImageNet'],
  ['coast', 0.9, 'scenes'],
  ['bedroom', 0.05, 'scenes'],
);

const names = (options: Parameters<typeof blendTags>[1], of = both) =>
  blendTags(of, options).tags.map(({ tag }) => tag);

describe('blendTags', () => {
  it('one list, the most probable first, never above the maximum', () => {
    expect(names({})).to.deep.equal(['coast', 'seashore', 'sandbar', 'lakeside', 'bedroom']);
    expect(blendTags(both, { most: 2 }).tags).to.deep.equal([
      { tag: 'coast', p: 0.9, models: ['scenes'], rank: 1 },
      { tag: 'seashore', p: 0.6, models: ['ImageNet'], rank: 2 },
    ]);
  });

  it('a tag of two models is one tag', () => {
    const { tags } = blendTags(image(['coast', 0.3, 'a'], ['coast', 0.7, 'b']));
    expect(tags).to.deep.equal([{ tag: 'coast', p: 0.7, models: ['b', 'a'], rank: 1 }]);
  });

  it('leaves out what says the same as a more probable tag of another model', () => {
    const npmi = (a: string, b: string) => ([a, b].sort().join() === 'coast,seashore' ? 0.81 : null);
    expect(blendTags(both, { redundancy: npmi })).to.deep.include({
      redundant: [{ tag: 'seashore', sameAs: 'coast' }],
    });
    expect(names({ redundancy: npmi, redundant: 0.9 })).to.include('seashore');
    // never within a model, whose ranking it would undo
    expect(names({ redundancy: () => 1 })).to.deep.equal(['coast', 'bedroom']);
  });

  it('rules: ignore, rename, thresholds, parents where there is room, languages', () => {
    const rules = checkTagRules(
      {
        ignore: ['lakeside'],
        rename: { seashore: 'beach', coast: 'beach' },
        thresholds: { bedroom: 0.3 },
        parents: { beach: ['water'], water: ['nature'], sandbar: ['nature'] },
        languages: { de: { beach: 'Strand', nature: 'Natur', water: 'Natur' } },
      },
      labels,
    );
    const { tags } = blendTags(both, { rules });
    expect(tags.map(({ tag, from, parentOf }) => ({ tag, from, parentOf }))).to.deep.equal([
      { tag: 'beach', from: ['coast', 'seashore'], parentOf: undefined },
      { tag: 'sandbar', from: undefined, parentOf: undefined },
      { tag: 'water', from: undefined, parentOf: 'beach' },
      { tag: 'nature', from: undefined, parentOf: 'beach' },
    ]);
    expect(names({ rules, most: 3 })).to.deep.equal(['beach', 'sandbar', 'water']);
    expect(names({ rules, language: 'de' })).to.deep.equal(['Strand', 'sandbar', 'Natur']);
    expectError(
      () => blendTags(both, { rules, language: 'dee' }),
      'Expected language for blendTags to be one of the rules but received "dee". Nearest: "de"',
    );
  });

  it('says why nothing is left', () => {
    const rules = checkTagRules({ ignore: ['seashore'], thresholds: { sandbar: 0.5 } }, labels);
    expect(blendTags(image(['seashore', 0.9, 'a'], ['sandbar', 0.4, 'a']), { rules })).to.deep.equal({
      tags: [],
      reason: 'the rules ignore seashore; 1 below the thresholds of the rules',
      redundant: [],
    });
    const outside: ImageTags = {
      tags: [],
      verdicts: [{ model: 'scenes', energy: 1, reason: 'unlike what scenes knows' }],
    };
    expect(blendTags(outside).reason).to.equal('unlike what scenes knows');
  });

  it('commas, bars and accents in names', () => {
    const rules = checkTagRules({ rename: { 'piña, colada|drink': '<script>alert(1)</script>' } }, labels);
    expect(names({ rules }, image(['piña, colada|drink', 1, 'a']))).to.deep.equal(['<script>alert(1)</script>']);
  });
});

describe('checkTagRules', () => {
  const broken = (value: unknown) => () => checkTagRules(value, labels, 'rules.json');

  it('refuses unknown keys and labels with the nearest', () => {
    expectError(
      broken({ ignored: [] }),
      'Expected only known keys in rules.json but received "ignored". Nearest: "ignore", "rename", "parents"',
    );
    expect(broken({ ignore: ['seashor'] })).to.throw(
      'Expected ignore in rules.json to be a known tag but received "seashor". Nearest: "seashore"',
    );
    expect(broken({ rename: { bedrom: 'room' } })).to.throw(
      'a key of rename in rules.json to be a known tag but received "bedrom". Nearest: "bedroom"',
    );
    expect(broken({ parents: { beach: ['water'] } })).to.throw('"beach"');
    expect(broken({ languages: { de: { beech: 'Buche' } } })).to.throw('received "beech"');
  });

  it('refuses thresholds outside 0 … 1, circles, and other forms', () => {
    expectError(
      broken({ thresholds: { bedroom: 48 } }),
      'Expected the threshold of "bedroom" in rules.json to be a number from 0 to 1 but received 48',
    );
    expectError(
      broken({ rename: { coast: 'seashore', seashore: 'coast' } }),
      'Expected rename in rules.json to be without circles but received coast → seashore → coast',
    );
    expectError(
      broken({ parents: { coast: ['water'], water: ['nature'], nature: ['coast'] } }),
      'Expected parents in rules.json to be without circles but received coast → water → nature → coast',
    );
    expectError(broken([]), 'Expected rules.json to be an object but received []');
    expectError(
      broken({ ignore: 'coast' }),
      'Expected ignore in rules.json to be a list of texts but received "coast"',
    );
    expectError(
      broken({ rename: { coast: ' ' } }),
      'Expected rename of "coast" in rules.json to be a text but received " "',
    );
    expectError(broken(null), 'Expected rules.json to be an object but received null');
  });
});
