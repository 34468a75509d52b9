import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import type { TagFilesOptions } from '../../../../src/commands/tag/options.js';
import { tagFiles } from '../../../../src/commands/tag/tagFiles.js';
import { listTags } from '../../../../src/commands/tag/tagList.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { writeTinyModel } from '../tinyModel.js';

describe('tagFiles', () => {
  const folder = temporaryFolder();
  let images = '';
  let runs = 0;
  before(async () => {
    images = folder.path('images');
    ['images', 'empty', 'locked'].forEach((name) => mkdirSync(folder.path(name)));
    await writeTinyModel(folder.path('scenes'));
    await writeTinyModel(folder.path('rooms'));
    const colors = { red: '#ff0000', green: '#00ff00', blue: '#0000ff' };
    for (const [name, background] of Object.entries(colors)) {
      await sharp({ create: { width: 60, height: 40, channels: 3, background } })
        .png()
        .toFile(join(images, `${name}.png`));
    }
    await sharp({ create: { width: 1, height: 1, channels: 3, background: '#102030' } })
      .png()
      .toFile(join(images, 'tiny.png'));
    writeFileSync(join(images, 'broken.jpg'), 'no image');
  });

  const tag = (options: TagFilesOptions = {}) =>
    tagFiles([images], {
      models: [folder.path('scenes')],
      embedded: false,
      out: folder.path(`out${++runs}`),
      notice: () => undefined,
      ...options,
    });
  const rules = (value: unknown) => folder.write(`rules${++runs}.json`, JSON.stringify(value));

  it('smoke: tags, a broken image told, one of a single pixel tagged; json, csv and a page', async () => {
    const out = folder.path('smoke');
    const report = await tag({ out, top: 2, regions: true, formats: ['json', 'csv', 'html'] });
    expect(report.images.map(({ image }) => image)).to.deep.equal(
      ['blue', 'green', 'red', 'tiny'].map((name) => `../images/${name}.png`),
    );
    for (const { tags, reason } of report.images) {
      expect(tags).to.have.length(2);
      expect(reason).to.equal(null);
      expect(tags.map(({ rank }) => rank)).to.deep.equal([1, 2]);
      expect(tags[0].p).to.be.at.least(tags[1].p);
      for (const { box, object, models } of tags) {
        const { x, y, width, height } = box!;
        expect(Math.min(x, y)).to.be.at.least(0);
        expect(Math.max(x + width, y + height)).to.be.at.most(1.000002);
        expect(object).to.be.a('number');
        expect(models).to.deep.equal(['scenes']);
      }
    }
    expect(report.failed).to.have.length(1);
    expect(report.failed[0].error).to.contain('broken.jpg');
    const json = JSON.parse(readFileSync(join(out, 'tags.json'), 'utf8')) as typeof report;
    expect(json.images).to.deep.equal(report.images);
    const csv = readFileSync(join(out, 'tags.csv'), 'utf8').trim().split('\n');
    expect(csv).to.have.length(1 + 4 * 2 + 1);
    expect(csv[9]).to.contain('broken.jpg,,,,,,,,,,');
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    expect(page.match(/<article/g)).to.have.length(5);
    expect(page).to.contain('<rect');
  });

  it('feature: copies with tags inside; files of others and images of one name are refused', async () => {
    const copies = folder.path('copies');
    const first = await tag({ copies });
    expect(first.copies.map((path) => basename(path))).to.deep.equal(['blue.png', 'green.png', 'red.png', 'tiny.png']);
    const { xmp } = await sharp(join(copies, 'red.png')).metadata();
    expect(xmp?.toString()).to.contain(`<rdf:li>weldon|${first.images[2].tags[0].tag}</rdf:li>`);
    expect((await tag({ copies })).copies).to.have.length(4);
    writeFileSync(join(copies, 'red.png'), 'edited');
    const edited = await tag({ copies });
    expect(edited.failed.map(({ error }) => error).join()).to.contain('red.png to be free');
    expect(readFileSync(join(copies, 'red.png'), 'utf8')).to.equal('edited');
    const message = await rejection(
      tagFiles([images, copies], {
        embedded: false,
        models: [folder.path('scenes')],
        copies: folder.path('c2'),
        out: folder.path(`out${++runs}`),
        notice: () => undefined,
      }),
    );
    expect(message).to.contain('the images to copy to be named differently');
  });

  it('no images, and images that cannot be written to', async () => {
    const none = await tagFiles([folder.path('empty')], {
      embedded: false,
      models: [folder.path('scenes')],
      out: folder.path('nothing'),
      notice: () => undefined,
    });
    expect(none).to.deep.include({ images: [], files: [] });
    const image = join(folder.path('locked'), 'a.png');
    const bytes = readFileSync(join(images, 'red.png'));
    writeFileSync(image, bytes, { mode: 0o444 });
    const locked = await tagFiles([image], {
      embedded: false,
      models: [folder.path('scenes')],
      formats: ['xmp'],
      copies: folder.path('unlocked'),
      out: folder.path('lockedTags'),
      notice: () => undefined,
    });
    expect(locked.sidecars).to.deep.equal([{ path: `${image}.xmp`, state: 'written' }]);
    expect(locked.copies).to.have.length(1);
    expect(readFileSync(image).equals(bytes)).to.equal(true);
  });

  it('says that a model has no guard', async () => {
    const said: string[] = [];
    await tag({ notice: (sentence) => said.push(sentence) });
    expect(said.join()).to.contain('The model scenes has no guard');
    const guarded: string[] = [];
    await tag({ guard: -1000, notice: (sentence) => guarded.push(sentence) });
    expect(guarded.join()).not.to.contain('guard');
  });

  it('feature: the second run knows all, the bytes are the same, other rules take no time', async () => {
    const out = folder.path('twice');
    await tag({ out });
    const before = readFileSync(join(out, 'tags.json'));
    const seen: string[] = [];
    const report = await tag({ out, onImages: (_done, _total, path) => seen.push(path) });
    expect(report.there).to.equal(4);
    expect(seen.every((path) => path.endsWith('broken.jpg'))).to.equal(true);
    expect(readFileSync(join(out, 'tags.json'))).to.deep.equal(before);
    const renamed = await tag({ out, rules: rules({ rename: { red: 'crimson' } }) });
    expect(renamed.there).to.equal(4);
    expect(renamed.images[0].tags.map((one) => one.tag)).to.include('crimson');
    // Another maximum is another run.
    expect((await tag({ out, top: 1 })).there).to.equal(0);
  });

  it('feature: models on the same features compute them once, with the tags of each alone', async () => {
    const models = [folder.path('scenes'), folder.path('rooms')];
    const both = await tag({ models, regions: true });
    expect(both.models.map(({ name, sharesFeaturesWith }) => [name, sharesFeaturesWith])).to.deep.equal([
      ['scenes', undefined],
      ['rooms', 'scenes'],
    ]);
    const alone = await tag({ regions: true });
    both.images.forEach(({ tags }, i) => {
      expect(tags.length).to.be.at.most(7);
      // The same classes by both: one tag each, with the names of both for the two that the second gives.
      expect(tags.filter((one) => one.models.length === 2)).to.have.length(2);
      tags.forEach((one, t) => {
        expect(one.tag).to.equal(alone.images[i].tags[t].tag);
        expect(one.p).to.be.closeTo(alone.images[i].tags[t].p, 2e-6);
        expect(one.box).to.deep.equal(alone.images[i].tags[t].box);
      });
    });
    expect((await tag({ models, top: 1 })).images.every(({ tags }) => tags.length === 1)).to.equal(true);
  });

  it('feature: tags that always come together are one, from five images on', () => {
    const seen = (extra: boolean) => ({
      width: 8,
      height: 8,
      tags: [
        { tag: 'seashore', p: 0.6, model: 'a', rank: 1 },
        ...(extra ? [{ tag: 'coast', p: 0.5, model: 'b', rank: 1 }] : []),
      ],
      verdicts: [],
    });
    const list = (images: number) =>
      listTags(
        Array.from({ length: images }, (_, i) => ({ image: `${i}`, seen: seen(true) })),
        { most: 7, rules: {}, models: 2 },
      )[0];
    expect(list(4).tags).to.have.length(2);
    expect(list(5).tags.map(({ tag: name }) => name)).to.deep.equal(['seashore']);
    expect(list(5).redundant).to.deep.equal([{ tag: 'coast', sameAs: 'seashore' }]);
  });

  it('feature: a reason where there is no tag', async () => {
    const ignored = await tag({ rules: rules({ ignore: ['red', 'green', 'blue'] }) });
    expect(ignored.images[0].tags).to.deep.equal([]);
    expect(ignored.images[0].reason).to.contain('the rules ignore');
    const guarded = await tag({ guard: 1000 });
    expect(guarded.images[0].reason).to.match(/^unlike what scenes knows: energy .*, below 1000\.00$/);
    expect((await tag({ least: 1 })).images[0].reason).to.contain('nothing above 1');
  });

  it('feature: names are text on the page', async () => {
    const out = folder.path('escaped');
    await tag({ out, formats: ['html'], rules: rules({ rename: { red: '<script>alert("red")</script>' } }) });
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    expect(page).to.not.contain('<script>alert');
    expect(page).to.contain('&lt;script&gt;alert(');
  });

  it('feature: stopped, nothing is written but what is known, and the next run goes on', async () => {
    const out = folder.path('stopped');
    const stop = new AbortController();
    const first = await tag({ out, batchSize: 1, signal: stop.signal, onImages: () => stop.abort() });
    expect(first.interrupted).to.equal(true);
    expect(readdirSync(out)).to.not.include('tags.json');
    const second = await tag({ out, batchSize: 1 });
    expect(second.there).to.be.within(1, 3);
    expect(second.images).to.have.length(4);
  });

  it('exception: files of others stay', async () => {
    const out = folder.path('foreign');
    mkdirSync(out);
    writeFileSync(join(out, 'tags.json'), '{"mine": true}');
    expect(await rejection(tag({ out }))).to.contain('a file that it did not make, or that was changed since');
    expect(readFileSync(join(out, 'tags.json'), 'utf8')).to.equal('{"mine": true}');
    writeFileSync(join(out, '.weldon-tags.jsonl'), 'notes');
    expect(await rejection(tag({ out, formats: ['csv'] }))).to.contain('.weldon-tags.jsonl');
  });

  it('exception: rules, options and folders that cannot be used, before anything is written', async () => {
    const out = folder.path('never');
    const refused = (options: TagFilesOptions) => rejection(tag({ out, ...options }));
    expect(await refused({ rules: rules({ threshold: {} }) })).to.contain('"threshold". Nearest: "thresholds"');
    expect(await refused({ rules: rules({ thresholds: { red: 48 } }) })).to.contain(
      'to be a number from 0 to 1 but received 48',
    );
    expect(await refused({ rules: rules({ parents: { red: ['a'], a: ['red'] } }) })).to.contain('red → a → red');
    expect(await refused({ rules: rules({ languages: { de: { red: 'rot' } } }), language: 'fr' })).to.contain(
      '"fr". Nearest: "de"',
    );
    expect(await refused({ models: undefined })).to.equal(
      'Expected models for tagFiles to be one or more folders of models but received none, and the embedded network left out',
    );
    expect(await refused({ models: [folder.path('scenes'), folder.path('scenes')] })).to.contain('twice');
    expect(await refused({ top: 0 })).to.contain('a whole number from 1 to 1000 but received 0');
    expect(existsSync(out)).to.equal(false);
    const none = await tagFiles([folder.path('nowhere')], {
      models: [folder.path('scenes')],
      embedded: false,
      out: folder.path('empty'),
    });
    expect(none.files).to.deep.equal([]);
    expect(none.failed[0].error).to.contain('check the path');
    if (process.platform === 'linux') {
      expect(await refused({ out: '/proc/tags' })).to.contain('a folder to write into');
    }
  });
});
