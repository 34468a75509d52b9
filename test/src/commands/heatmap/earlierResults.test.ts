import { expect } from 'chai';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { syntheticHeatmap } from '../../render/syntheticHeatmap.js';
import { html } from '../../../../src/commands/report/html.js';
import { pageHead } from '../../../../src/commands/report/page.js';
import { openReport } from '../../../../src/commands/report/heatmapReport.js';
import { heatmapFiles } from '../../../../src/commands/heatmap/heatmapFiles.js';
import { writeHeatmap } from '../../../../src/commands/heatmap/writeHeatmap.js';
import { outputNames } from '../../../../src/commands/heatmap/earlierResults.js';
import { lockRun, resultsLock } from '../../../../src/node/storage/lock.js';
import { buildCommand, jsonLines, weldon } from '../builtCommand.js';
import { writeTinyModel } from '../tinyModel.js';

describe('results beside what is there', () => {
  const folder = temporaryFolder();

  it("exception: writeHeatmap and openReport leave the user's files as they are", async () => {
    const heatmap = syntheticHeatmap(16, 12);
    for (const name of ['a.png', 'a.json', 'a.npy']) {
      folder.write(name, 'mine');
      expect(await rejection(writeHeatmap(folder.path(name), heatmap))).to.contain('did not make');
      rmSync(folder.path(name));
      await writeHeatmap(folder.path(name), heatmap);
      await writeHeatmap(folder.path(name), { ...heatmap, model: 'Other' });
    }
    for (const page of ['<!doctype html><h1>mine</h1>', String(pageHead('mine', html``, 'experiment'))]) {
      folder.write('index.html', page);
      expect(await rejection(openReport(folder.path('index.html')))).to.contain('did not make');
      expect(readFileSync(folder.path('index.html'), 'utf8')).to.equal(page);
    }
  });

  it('feature: an older report gives way only to one with images, when that is closed', async () => {
    const path = folder.path('report.html');
    const cards = () => readFileSync(path, 'utf8').split('<article').length - 1;
    const first = await openReport(path);
    await first.add(syntheticHeatmap(16, 12));
    await first.add(syntheticHeatmap(16, 12));
    await first.close();
    const failed = await openReport(path);
    await failed.addError('typo.jpg', 'not there');
    expect(await failed.close()).to.equal(false);
    expect(cards()).to.equal(2);
    const abandoned = await openReport(path);
    await abandoned.add(syntheticHeatmap(16, 12));
    await abandoned.abandon();
    expect(cards()).to.equal(2);
    const second = await openReport(path);
    await second.add(syntheticHeatmap(16, 12));
    expect(cards()).to.equal(2);
    await second.close();
    expect(cards()).to.equal(1);
    expect(readdirSync(folder.path('')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });

  it('feature: names stay with their images however the list grows, and fit every disk', async () => {
    const file = { size: 1, mtimeMs: 1, ctimeMs: 1, sha256: '' };
    const cat = { input: '/b/cat.jpg', image: file, made: '', name: 'cat', files: {} };
    const ledger = { results: () => [cat], resultOf: (input: string) => (input === cat.input ? cat : undefined) };
    const nameFor = outputNames(ledger);
    const names = [];
    for (const image of ['/a/Cat.jpg', '/b/cat.jpg', '/c/cat.png', '/c/__proto__.png', `/c/${'é'.repeat(125)}.png`]) {
      names.push((await nameFor(image)).name);
    }
    expect(names.slice(0, 4)).to.deep.equal(['Cat-2', 'cat', 'cat-3', '__proto__']);
    expect(Buffer.byteLength(names[4])).to.be.within(200, 240);
  });

  describe('of weldon heatmap', () => {
    const images = () => folder.path('images');
    const run = (...args: string[]) => {
      const { code, stderr, stdout } = weldon([
        'heatmap',
        '--model',
        folder.path('tiny'),
        '--backend',
        'cpu',
        '--json',
        ...args,
      ]);
      const lines = stdout === '' ? [] : jsonLines(stdout);
      return {
        code,
        stderr,
        lines,
        summary: lines.at(-1)?.summary as { images: number; there: number; failed: number },
      };
    };

    before(async () => {
      buildCommand();
      await writeTinyModel(folder.path('tiny'));
      mkdirSync(images());
      for (const [i, name] of ['one', 'two'].entries()) {
        const background = { r: 60 * i, g: 90, b: 30 };
        await sharp({ create: { width: 70, height: 60, channels: 3, background } })
          .png()
          .toFile(join(images(), `${name}.png`));
      }
    });

    it('feature: a run that is stopped, or finds nothing, leaves the older page and says so', async () => {
      const out = folder.path('page');
      const cards = () => readFileSync(join(out, 'index.html'), 'utf8').split('<article').length - 1;
      const runHere = async (path: string, signal?: AbortSignal) => {
        const told: string[] = [];
        const notice = (sentence: string) => told.push(sentence);
        const options = { model: folder.path('tiny'), formats: ['html'] as const, out, signal, notice };
        for await (const result of heatmapFiles([path], options)) {
          void result;
        }
        return told.filter((sentence) => sentence.includes('earlier run')).map((sentence) => sentence.split(': ')[1]);
      };
      expect(await runHere(images())).to.deep.equal([]);
      expect(await runHere('typo.jpg')).to.deep.equal(['this one has no image']);
      expect(await runHere(images(), AbortSignal.abort())).to.deep.equal(['this one has not ended']);
      expect(cards()).to.equal(2);
      expect(await runHere(join(images(), 'one.png'))).to.deep.equal([]);
      expect(cards()).to.equal(1);
    });

    it('exception: into the folder of the images themselves', () => {
      const bytes = () => readdirSync(images()).map((name) => [name, readFileSync(join(images(), name), 'hex')]);
      const before = bytes();
      const { code, stderr } = run(images(), '--out', images());
      expect(code).to.equal(1);
      expect(stderr).to.match(/one\.png to be another file than the images/);
      expect(bytes()).to.deep.equal(before);
    });

    it('exception: sizes that leave no region, or are beyond all sense', () => {
      for (const [size, words] of [
        ['1', /size for heat maps to be at least 3.*but received 1\n$/],
        ['100000', /'--size <pixels>' argument '100000' is invalid. Expected a whole number from 1 to 8000/],
      ] as const) {
        const { code, stderr } = run(images(), '--out', folder.path('sizes'), '--size', size);
        expect(code).to.not.equal(0);
        expect(stderr).to.match(words);
      }
    });

    it('feature: --resume goes by content, options and results, and ends well where nothing is left', () => {
      const out = join(images(), 'maps');
      const one = join(images(), 'one.png');
      expect(run(images(), '--out', out).summary.images).to.equal(2);
      const nothing = run(images(), '--out', out, '--resume');
      expect([nothing.code, nothing.summary.images, nothing.summary.there]).to.deep.equal([0, 0, 2]);
      expect(nothing.stderr).to.match(/2 results of an earlier run/);
      expect(run(images(), '--out', out, '--resume', '--top', '1').summary.images).to.equal(2);
      // An older file in the place of another.
      copyFileSync(join(images(), 'two.png'), one);
      utimesSync(one, 1, 1);
      expect(run(images(), '--out', out, '--resume', '--top', '1').summary).to.include({ images: 1, there: 1 });
      rmSync(join(out, 'two.png'));
      expect(run(images(), '--out', out, '--resume', '--top', '1').summary).to.include({ images: 1, there: 1 });
    });

    it('exception: what concerns one result is told, and the others go on', () => {
      const out = folder.path('taken');
      mkdirSync(join(out, 'one.png'), { recursive: true });
      const { code, lines, summary } = run(images(), '--out', out, '--format', 'png,npy');
      expect([code, summary.images, summary.failed]).to.deep.equal([1, 1, 1]);
      expect(lines[0].error).to.match(/one\.png to be free.*a folder of that name/);
    });

    it('exception: two runs into one folder, names that are none', async () => {
      const out = folder.path('locked');
      const unlock = await lockRun(out, resultsLock);
      expect(run(images(), '--out', out).stderr).to.match(/locked to be written to by one process at a time/);
      await unlock();
      writeFileSync(folder.path('file'), '');
      for (const bad of ['', 'x'.repeat(300), '/proc/x', folder.path('file/x')]) {
        const { code, stderr } = run(images(), '--out', bad);
        expect(code).to.equal(bad === '' ? 2 : 1);
        expect(stderr).to.match(/^weldon: .*Expected .*\n/);
      }
    });
  });
});
