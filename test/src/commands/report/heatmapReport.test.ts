import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { openReport } from '../../../../src/commands/report/heatmapReport.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { syntheticHeatmap } from '../../render/syntheticHeatmap.js';

const count = (text: string, part: string | RegExp) => text.split(part).length - 1;
const images = (html: string) =>
  [...html.matchAll(/src="data:image\/webp;base64,([^"]+)"/g)].map(([, data]) => Buffer.from(data, 'base64'));

describe('openReport', () => {
  const folder = temporaryFolder();
  const read = (name: string) => readFileSync(folder.path(name), 'utf8');

  describe('feature', () => {
    it('holds every image once and every class as a small transparent image', async () => {
      const report = await openReport(folder.path('a.html'), {
        model: 'TestNet',
        pooling: { kMax: 0.2 },
        details: ['320 × 320', 'wasm'],
        imageSide: 200,
      });
      await report.add(syntheticHeatmap(300, 200));
      await report.add(syntheticHeatmap(60, 80, { path: 'small.png' }));
      await report.addError('notes.jpg', 'Expected notes.jpg to be a heatmap but received a text file');
      await report.close();
      const html = read('a.html');
      expect(count(html, '<article')).to.equal(3);
      expect(html).to.contain('TestNet · k+ 20\u00a0%, k\u2212 20\u00a0% · 320 × 320 · wasm');
      expect(html).to.contain('2 images · 1 file could not be used');
      expect(html).to.contain('Expected notes.jpg to be a heatmap but received a text file');
      const sizes = await Promise.all(
        images(html).map(async (bytes) => {
          const { width, height, hasAlpha } = await sharp(bytes).metadata();
          return [width, height, hasAlpha];
        }),
      );
      expect(sizes).to.deep.equal([
        [200, 133, false],
        [224, 149, true],
        [224, 149, true],
        [60, 80, false],
        [60, 80, true],
        [60, 80, true],
      ]);
    });

    it('asks for nothing from outside', async () => {
      const html = read('a.html');
      expect(html).to.not.match(/https?:|\bsrc="(?!data:)|\bhref=|url\(|@import/);
      expect(html).to.contain("default-src 'none'");
    });

    it('is well-formed: tags are balanced, ids unique, labels lead to their inputs', async () => {
      const html = read('a.html').replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, '');
      for (const tag of ['article', 'div', 'span', 'label', 'svg', 'main', 'footer', 'header', 'h2', 'p', 'i']) {
        expect(count(html, new RegExp(`<${tag}[ >]`)), tag).to.equal(count(html, `</${tag}>`));
      }
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).to.equal(ids.length);
      for (const [, target] of html.matchAll(/ for="([^"]+)"/g)) {
        expect(ids).to.include(target);
      }
      expect(count(html, ' checked>')).to.equal(3); // the first class of both images, and the outlines
    });

    it('every heatmap has a text that says what it shows', async () => {
      const alts = [...read('a.html').matchAll(/<img[^>]* alt="([^"]*)"/g)].map(([, alt]) => alt);
      expect(alts).to.have.length(6);
      expect(alts[0]).to.equal('Image sun over a field.jpg');
      expect(alts[1]).to.equal(
        'sun, 91.3\u00a0%, score 4.20: evidence is strongest at the right of sun over a field.jpg',
      );
      expect(alts[2]).to.match(/strongest at the bottom left of/);
    });

    it('escapes names, wherever they stand', async () => {
      const evil = '</span><script>alert("1")</script>&\'';
      const report = await openReport(folder.path('evil.html'), { title: evil, model: evil, details: [evil] });
      const heatmap = syntheticHeatmap(16, 12, { path: `${evil}.jpg` });
      heatmap.classes[0].name = evil;
      await report.add(heatmap);
      await report.addError(evil, evil);
      await report.close();
      expect(count(read('evil.html'), '<script>')).to.equal(1);
      expect(read('evil.html')).to.not.contain('alert("1")');
    });

    it('images stand in the order of the calls, whichever is made first', async () => {
      const report = await openReport(folder.path('order.html'));
      await Promise.all([
        report.add(syntheticHeatmap(1200, 900, { path: 'large.jpg' })),
        report.add(syntheticHeatmap(8, 6, { path: 'tiny.jpg' })),
        report.addError('bad.jpg', 'bad'),
        report.add(syntheticHeatmap(100, 80, { path: 'last.jpg' })),
      ]);
      await report.close();
      expect([...read('order.html').matchAll(/<h2 title="([^"]+)"/g)].map(([, name]) => name)).to.deep.equal([
        'large.jpg',
        'tiny.jpg',
        'bad.jpg',
        'last.jpg',
      ]);
    });

    it('the page is complete after every image and says that it is unfinished until it is closed', async () => {
      const report = await openReport(folder.path('growing.html'));
      let size = 0;
      for (let image = 0; image <= 3; image++) {
        const html = read('growing.html');
        expect(html.endsWith('</html>\n')).to.equal(true);
        expect(html).to.contain('Unfinished');
        expect(count(html, '<article')).to.equal(image);
        expect(html).to.contain(`${image} image${image === 1 ? '' : 's'} ·`);
        expect(html.length).to.be.above(size);
        size = html.length;
        await report.add(syntheticHeatmap(40, 30));
      }
      await report.close();
      expect(read('growing.html')).to.not.contain('Unfinished');
      expect(count(read('growing.html'), '</html>')).to.equal(1);
      await report.close();
    });

    it('a killed run leaves a complete page', async () => {
      const sources = fileURLToPath(new URL('../../../../', import.meta.url));
      const program = `
        const { openReport } = await import(${JSON.stringify(`${sources}src/commands/report/heatmapReport.ts`)});
        const { syntheticHeatmap } = await import(${JSON.stringify(`${sources}test/src/render/syntheticHeatmap.ts`)});
        const report = await openReport(${JSON.stringify(folder.path('killed.html'))});
        for (;;) {
          await report.add(syntheticHeatmap(400, 300));
        }`;
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: 'inherit',
      });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      while (!existsSync(folder.path('killed.html')) || statSync(folder.path('killed.html')).size < 100_000) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill('SIGINT');
      await ended;
      const html = read('killed.html');
      expect(count(html, '<article')).to.be.at.least(2);
      expect(html.endsWith('</html>\n')).to.equal(true);
      expect(readdirSync(folder.path('')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    });
  });

  describe('exception', () => {
    it('a folder that is missing', async () => {
      expect(await rejection(openReport(folder.path('nowhere/a.html')))).to.contain('no folder of that name');
    });

    it('a refused heatmap leaves the page as it was and the next one is added', async () => {
      const report = await openReport(folder.path('refused.html'));
      const refused = report.add(syntheticHeatmap(8, 6, { classes: [] }));
      const added = report.add(syntheticHeatmap(8, 6));
      expect(await rejection(refused)).to.contain('at least one class');
      await added;
      await report.close();
      expect(count(read('refused.html'), '<article')).to.equal(1);
      expect(read('refused.html')).to.contain('1 image ·');
      expect(await rejection(report.add(syntheticHeatmap(8, 6)))).to.contain(
        'to be open but received an image after close()',
      );
    });
  });
});
