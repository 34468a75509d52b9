import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { worstFirst } from '../../../../demos/mit67/report/confusionFigure.js';
import { durationText, valueText } from '../../../../demos/mit67/report/format.js';
import type { EvaluationResults } from '../../../../demos/mit67/report/index.js';
import { reportPage, writeReport } from '../../../../demos/mit67/report/index.js';
import { temporaryFolder } from '../../../src/node/temporaryFolder.js';
import { sampleResults } from './sampleResults.js';

describe('report of an evaluation', () => {
  const folder = temporaryFolder();

  it('smoke: one page without a request to anywhere, and the results as they were given', async () => {
    const root = folder.path('.');
    await writeFile(join(root, 'one.jpg'), await sharp({ create: { width: 448, height: 448, channels: 3, background: '#456' } }).jpeg().toBuffer());
    const results = sampleResults(['one.jpg', 'gone.jpg', 'one.jpg', 'one.jpg']);
    await writeReport(results, { html: join(root, 'r.html'), json: join(root, 'r.json'), pictureRoot: root });
    const page = await readFile(join(root, 'r.html'), 'utf8');
    expect(page).to.not.match(/https?:\/\/|src="(?!data:)|url\(/);
    expect(page.match(/<img /g)).to.have.length(3 + 3 + 2); // picture and maps: two mistakes and one right one
    expect(page).to.contain('gone.jpg to be a JPEG');
    expect(JSON.parse(await readFile(join(root, 'r.json'), 'utf8'))).to.deep.equal(results);
  });

  it('feature: figures, intervals, the best value, published rows and open differences', async () => {
    const page = await reportPage(sampleResults([]), folder.path('.'));
    expect(page).to.contain('class="best"><b>80.5</b><small>76.5 … 84.5</small>');
    expect(page).to.contain('title="each: 79.0, 81.0, 81.5"');
    expect(page).to.contain('class="best"><b>0.220</b>'); // less is better
    expect(page).to.match(/<tr class="published">.*CVPR 2016.*<b>78\.0<\/b>/);
    expect(page).to.contain('<b>+20.0</b><small>+13.0 … +27.0</small></td><td><span class="yes">better</span></td><td>&lt; 0.001');
    expect(page).to.contain('<b>+0.020</b><small>\u22120.010 … +0.050</small></td><td><span>open</span>');
    expect(page).to.contain('vegetable &amp; &lt;herbs&gt;').and.not.contain('<herbs>');
    expect(page).to.contain('bag taken for ball: 4 of 20').and.to.contain('Pictures that went wrong'.slice(0, 8));
  });

  it('feature: the classes least often found come first; those without pictures last', () => {
    expect(worstFirst([[9, 1], [3, 1]])).to.deep.equal([1, 0]);
    expect(worstFirst([[0, 0], [1, 1]])).to.deep.equal([1, 0]);
  });

  it('cardinality: nothing but a row; no measure, no picture, no curve', async () => {
    const sample = sampleResults([]);
    const bare: EvaluationResults = {
      ...sample, measures: [sample.measures[0]], rows: [{ id: 'a', name: 'only', strategy: 'x', details: [], figures: {} }],
      comparisons: [], sweeps: [], curves: [], notices: [],
    };
    const page = await reportPage(bare, folder.path('.'));
    expect(page).to.contain('only').and.not.match(/NaN|undefined|Infinity/);
    expect(await reportPage({ ...bare, measures: [], rows: [] }, folder.path('.'))).to.not.match(/NaN|undefined|Infinity/);
    expect(await reportPage(sample, folder.path('.'))).to.not.match(/NaN|undefined|Infinity/);
  });

  it('feature: numbers as people write them', () => {
    expect([valueText(0.8049, 'share'), valueText(-0.01, 'share'), valueText(null, 'share'), valueText(0.2, 'number')]).to.deep.equal(
      ['80.5', '\u22121.0', '–', '0.200']);
    expect([durationText(59), durationText(600), durationText(7200)]).to.deep.equal(['59 s', '10 min', '2.0 h']);
  });
});
