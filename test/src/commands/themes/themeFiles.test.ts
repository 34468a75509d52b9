import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ThemeFilesOptions } from '../../../../src/commands/themes/options.js';
import { themeFiles, themesText } from '../../../../src/commands/themes/themeFiles.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';

const kinds = [
  ['seashore', 'sandbar', 'promontory'],
  ['alp', 'valley', 'cliff'],
  ['wok', 'hot pot', '<script>alert(1)</script>'],
];

describe('themeFiles', () => {
  const folder = temporaryFolder();
  let tags = '';
  before(async () => {
    mkdirSync(folder.path('tags'));
    await sharp({ create: { width: 8, height: 6, channels: 3, background: '#268' } })
      .png()
      .toFile(folder.path('there.png'));
    const images = Array.from({ length: 30 }, (_, i) => ({
      image: i === 0 ? '../there.png' : `../gone${i}.png`,
      tags: kinds[i % 3].map((tag, j) => ({ tag, p: 0.5 - 0.1 * j - 0.003 * i })),
    }));
    tags = write('tags.json', { weldonTags: 1, images: [...images, { image: '../bare.png', tags: [] }] });
  });
  const write = (name: string, value: unknown) => folder.write(join('tags', name), JSON.stringify(value));
  const run = (options: Partial<ThemeFilesOptions> = {}) =>
    themeFiles({ tags, themes: 3, out: folder.path('out'), notice: () => undefined, ...options });

  it('smoke: themes, shares, a page with images and the graph, names to edit; the same bytes twice', async () => {
    const notices: string[] = [];
    const report = await run({ notice: (sentence) => notices.push(sentence) });
    expect(report.themes.map(({ words }) => words)).to.deep.equal([
      'seashore, sandbar, promontory',
      'alp, valley, cliff',
      'wok, hot pot, <script>alert(1)</script>',
    ]);
    expect(notices).to.deep.equal(['1 of 31 images have no tag and no theme']);
    expect([report.without, report.images[0]]).to.deep.equal([
      1,
      { image: '../there.png', themes: [{ name: 'seashore, sandbar, promontory', share: 1 }] },
    ]);
    expect(report.graph!.communities).to.have.length(3);
    const read = () => report.files.map((path) => readFileSync(path, 'utf8'));
    const before = read();
    const page = readFileSync(folder.path('out/index.html'), 'utf8');
    expect(page.match(/<article/g)).to.have.length(3);
    expect(page.match(/<img /g)).to.have.length(1);
    expect(page).to.contain('9 of its images are not where they were').and.to.contain('<circle');
    expect(page).to.not.contain('<script>alert').and.to.not.contain('NaN');
    expect(themesText(report)).to.match(/^ 3\d\.\d % {2}seashore, sandbar, promontory\n/);
    await run();
    expect(read()).to.deep.equal(before);
  });

  it('feature: names that were edited are taken by the next run, and the file stays', async () => {
    const out = folder.path('named');
    await run({ out });
    const names = join(out, 'names.json');
    const edited = JSON.stringify({ 'alp, valley, cliff': 'mountains', 'seashore, sandbar, promontory': '' });
    writeFileSync(names, edited);
    const { themes, images } = await run({ out });
    expect(themes.map(({ name }) => name)).to.include('mountains');
    expect(images[1].themes[0].name).to.equal('mountains');
    expect(readFileSync(names, 'utf8')).to.equal(edited);
    expect(readFileSync(join(out, 'images.csv'), 'utf8').split('\n')[0]).to.contain(',mountains,');
    writeFileSync(names, JSON.stringify({ 'alp, valley': 'mountains' }));
    expect(await rejection(run({ out }))).to.contain('"alp, valley". Nearest: "alp, valley, cliff"');
  });

  it('feature: new images in the themes of an earlier run', async () => {
    await run();
    const fresh = write('new.json', {
      weldonTags: 1,
      images: [
        { image: 'a.jpg', tags: [{ tag: 'valley', p: 0.4 }] },
        { image: 'b.jpg', tags: [{ tag: 'teapot', p: 0.9 }] },
      ],
    });
    const notices: string[] = [];
    const report = await themeFiles({
      tags: fresh,
      apply: folder.path('out/themes.json'),
      out: folder.path('applied'),
      notice: (sentence) => notices.push(sentence),
    });
    expect(report.images[0]).to.deep.equal({
      image: '../tags/a.jpg',
      themes: [{ name: 'alp, valley, cliff', share: 1 }],
    });
    expect(report.images[1].themes).to.deep.equal([]);
    expect(notices).to.deep.equal(['1 tags of the images are in no theme and are passed over']);
    expect(existsSync(folder.path('applied/themes.json'))).to.equal(false);
  });

  it('exception: more themes than tags, no tags, no images, other files', async () => {
    const out = folder.path('never');
    const refused = (options: Partial<ThemeFilesOptions>) => rejection(run({ out, ...options }));
    expect(await refused({ themes: 30 })).to.contain(
      'a whole number from 1 to 9: there are 31 images and 9 tags but received 30',
    );
    const bare = write('bare.json', { weldonTags: 1, images: [{ image: 'a.jpg', tags: [] }] });
    expect(await refused({ tags: bare, themes: undefined })).to.contain('some with tags but received 1 without any');
    const empty = write('empty.json', { weldonTags: 1, images: [] });
    expect(await refused({ tags: empty })).to.contain('to be one or more but received none');
    expect(await refused({ tags: folder.path('no.json') })).to.contain(
      'a tags.json of weldon tag but received no file',
    );
    writeFileSync(folder.path('image.json'), Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a]));
    expect(await refused({ tags: folder.path('image.json') })).to.contain(
      'a tags.json of weldon tag but received a file that',
    );
    expect(await refused({ tags: folder.path('.') })).to.match(/a tags\.json of weldon tag but received a folder$/);
    expect(await refused({ tags: write('odd.json', { images: 3 }) })).to.contain(
      'weldonTags missing or of another kind',
    );
    const wild = write('wild.json', { weldonTags: 1, images: [{ image: 'a', tags: [{ tag: 'x', p: 2 }] }] });
    expect(await refused({ tags: wild })).to.contain('images.0.tags.0.p missing or of another kind');
    expect(await refused({ apply: tags })).to.contain('themes for themeFiles to be used without apply');
    expect(await refused({ apply: tags, themes: undefined })).to.contain('a themes.json of weldon themes');
    expect(existsSync(out)).to.equal(false);
    mkdirSync(out);
    writeFileSync(join(out, 'themes.json'), '{}');
    expect(await refused({})).to.contain('a file that it did not make, or that was changed since');
    expect(existsSync(join(out, 'images.json'))).to.equal(false);
  });
});
