import { expect } from 'chai';
import { renameThemes, scoresInThemes, tagMatrix, themeShares, themesOf } from '../../../src/tagging/themes.js';
import { refusal } from '../../refusal.js';

/** Photos of the sea and of the mountains, with one tag that both have. */
const images = [
  ...[0.9, 0.8, 0.7].map((p, i) => ({
    image: `sea${i}.jpg`,
    tags: [
      { tag: 'seashore', p },
      { tag: 'sandbar', p: p / 2 },
    ],
  })),
  ...[0.9, 0.6].map((p, i) => ({
    image: `alp${i}.jpg`,
    tags: [
      { tag: 'alp', p },
      { tag: 'valley', p: p / 2 },
      { tag: 'valley', p: 0.01 },
    ],
  })),
  { image: 'black.jpg', tags: [] },
];

describe('themesOf', () => {
  it('names themes by their tags, orders them by weight and shows their images', async () => {
    const found = await themesOf(images, { themes: 2, iterations: 50 });
    expect(found.themes.map(({ name }) => name)).to.deep.equal(['seashore, sandbar', 'alp, valley']);
    expect(found.themes[0].images.map(({ image }) => image)).to.deep.equal(['sea0.jpg', 'sea1.jpg', 'sea2.jpg']);
    const squares = found.themes[0].tags.map(({ weight }) => weight ** 2);
    expect(squares.reduce((a, b) => a + b)).to.be.closeTo(1, 1e-12);
    // √.9 and √.45 along a theme of that direction: √1.35
    expect(found.scores[0]).to.be.closeTo(Math.sqrt(1.35), 1e-6);
    expect([...found.scores.slice(10)]).to.deep.equal([0, 0]);
    expect(found).to.include({ untagged: 1, empty: 0 });
    expect(found.themes.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 1e-12);
    expect(await themesOf(images, { themes: 2, iterations: 50 })).to.deep.equal(found);
  });

  it('themes beyond the rank are left out and counted', async () => {
    const found = await themesOf(images, { themes: 4, solver: 'hals' });
    expect(found.themes.length + found.empty).to.equal(4);
    expect([...found.scores].every(Number.isFinite)).to.equal(true);
  });

  it('renamed by the user, new images in them', async () => {
    const found = await themesOf(images, { themes: 2, iterations: 50 });
    const renamed = renameThemes(found, { 'alp, valley': 'mountains' });
    expect(renamed.themes[1]).to.include({ name: 'mountains', words: 'alp, valley' });
    expect(renameThemes(renamed, { mountains: '' }).themes[1].name).to.equal('alp, valley');
    expect(() => renameThemes(found, { 'alp, vally': 'x' })).to.throw(
      'Expected only known themes for renameThemes but received "alp, vally". Nearest: "alp, valley"',
    );
    expect(() => renameThemes(found, { 'alp, valley': 'seashore, sandbar' })).to.throw('"seashore, sandbar" twice');
    const kept = JSON.parse(
      JSON.stringify({ weight: renamed.weight, loss: renamed.loss, themes: renamed.themes }),
    ) as typeof renamed;
    const { scores, unknown } = await scoresInThemes(kept, [
      ...images,
      { image: 'new.jpg', tags: [{ tag: 'robot', p: 1 }] },
    ]);
    expect(unknown).to.equal(1);
    found.scores.forEach((score, at) => expect(scores[at]).to.be.closeTo(score, 1e-6));
    expect([...scores.slice(12)]).to.deep.equal([0, 0]);
  });

  it('shares add up, of several images too', () => {
    expect([...themeShares([1, 3, 0, 0], 2)]).to.deep.equal([0.25, 0.75]);
    expect([...themeShares([0, 0], 2)]).to.deep.equal([0, 0]);
    expect(() => themeShares([1, 2, 3], 2)).to.throw('rows of 2 numbers but received 3 numbers');
  });

  it('no tags, too many themes, a probability that is none', async () => {
    expect(await refusal(themesOf([{ image: 'a', tags: [] }]))).to.equal(
      'Expected the images for themesOf to be some with tags but received 1 without any',
    );
    expect(await refusal(themesOf(images, { themes: 5 }))).to.equal(
      'Expected themes for themesOf to be a whole number from 1 to 4: there are 6 images and 4 tags but received 5',
    );
    expect(() => tagMatrix([{ image: 'a', tags: [{ tag: 'x', p: NaN }] }])).to.throw(
      'Expected the probability of "x" in a to be a number from 0 to 1 but received NaN',
    );
    expect(await refusal(themesOf(images, { theme: 3 } as never))).to.contain('Nearest: "themes"');
  });
});
