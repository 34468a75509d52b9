import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { worstFirst } from '../../../../src/commands/report/confusionMatrix.js';
import { chartFigure, chartFile } from '../../../../src/commands/report/chart.js';
import { html } from '../../../../src/commands/report/html.js';
import {
  chanceText,
  differenceText,
  durationText,
  farApart,
  methodNames,
  valueText,
} from '../../../../src/commands/report/format.js';
import type { ExperimentResults } from '../../../../src/commands/report/results.js';
import { reportPage, writeReport } from '../../../../src/commands/report/experimentReport.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';
import { sampleResults } from './sampleResults.js';

describe('report of an evaluation', () => {
  const folder = temporaryFolder();

  it('smoke: one page without a request to anywhere, and the results as they were given', async () => {
    const root = folder.path('.');
    await writeFile(
      join(root, 'one.jpg'),
      await sharp({ create: { width: 448, height: 448, channels: 3, background: '#456' } })
        .jpeg()
        .toBuffer(),
    );
    const results = sampleResults(['one.jpg', 'gone.jpg', 'one.jpg', 'one.jpg']);
    await writeReport(results, { html: join(root, 'r.html'), json: join(root, 'r.json'), imageRoot: root });
    const page = await readFile(join(root, 'r.html'), 'utf8');
    expect(page).to.not.match(/https?:\/\/|src="(?!data:)|url\(/);
    expect(page.match(/<img /g)).to.have.length(3 + 3 + 2); // image and maps: two mistakes and one right one
    expect(page).to.contain('gone.jpg to be a JPEG');
    expect(JSON.parse(await readFile(join(root, 'r.json'), 'utf8'))).to.deep.equal(results);
  });

  it('feature: figures, intervals, the best value, published rows and open differences', async () => {
    const page = await reportPage(sampleResults([]), folder.path('.'));
    expect(page).to.contain('class="best"><b>80.5</b><small>76.5 … 84.5</small>');
    expect(page).to.contain('class="best"><b>0.220</b>'); // less is better
    expect(page)
      .to.contain('Methods in italics')
      .and.match(/<tr class="published">.*CVPR 2016.*<b>78\.0<\/b>/);
    expect(page).to.contain(
      '<b>+20.0</b><small>+13.0 … +27.0</small></td><td><span class="yes">better</span></td><td>&lt; 0.001',
    );
    expect(page).to.contain('<b>+0.020</b><small>\u22120.010 … +0.050</small></td><td><span>open</span>');
    expect(page).to.contain('vegetable &amp; &lt;herbs&gt;').and.not.contain('<herbs>');
    expect(page).to.contain('bag taken for ball: 4 of 20').and.to.contain('Images that went wrong'.slice(0, 6));
  });

  it('feature: each seed is told, and where seeds lie further apart than the interval is wide, in the cell too', async () => {
    const page = await reportPage(sampleResults([]), folder.path('.'));
    expect(page).to.match(
      /<summary>Estimates of each seed<\/summary>[^]*<th scope="row">WELDON, k = 8 %<\/th><td>79\.0, 81\.0, 81\.5<\/td>/,
    );
    expect(page).to.match(/<th scope="row">GAP \(fine-tuned\)<\/th><td>78\.0, 71\.0, 10\.0<\/td>/);
    expect(page).to.contain('<b>53.0</b><small>49.0 … 57.0</small><small class="apart">seeds 10.0 … 78.0</small>');
    expect(page.match(/class="apart"/g)).to.have.length(2); // the cell, and the difference to that row
    expect(page).to.contain('<small class="apart">seeds lie far apart</small>');
    expect(page).to.contain('Where seeds lie further apart');
    // 81.5 − 79.0 is less than the interval's 8
    expect(farApart({ value: 0.805, low: 0.765, high: 0.845, each: [0.79, 0.815] })).to.equal(false);
    expect(farApart({ value: 0.5, low: 0.4, high: 0.6, each: [0.3, 0.6] })).to.equal(true);
    expect(farApart({ value: 0.5, low: null, high: null, each: [0, 1] })).to.equal(false);
    // two splits of other images may be 0.2 · √2 apart
    expect(farApart({ value: 0.5, low: 0.4, high: 0.6, each: [0.3, 0.58] }, 2)).to.equal(false);
    expect(farApart({ value: 0.5, low: 0.4, high: 0.6, each: [0.3, 0.59] }, 2)).to.equal(true);
    const sample = sampleResults([]);
    const splits = await reportPage({ ...sample, dataSet: { ...sample.dataSet, splits: 3 } }, folder.path('.'));
    expect(splits)
      .to.contain('Estimates of each split')
      .and.to.contain('splits 10.0 … 78.0')
      .and.to.contain('on the same 200 images of each of 3 random splits');
  });

  it('feature: says what is of the first seed alone, and names average precision by class', async () => {
    const sample = sampleResults([]);
    const page = await reportPage(sample, folder.path('.'));
    expect(page.match(/By the first seed alone\./g)).to.have.length(2);
    const once = sample.methods.map(({ estimates, ...method }) => ({
      ...method,
      estimates: Object.fromEntries(Object.entries(estimates).map(([id, { each: _, ...estimate }]) => [id, estimate])),
    }));
    expect(await reportPage({ ...sample, methods: once }, folder.path('.'))).to.not.match(
      /first seed|Estimates of each|lie far apart/,
    );
    const [metric, ...others] = sample.metrics;
    const methods = sample.methods.map(({ confusion: _, estimates: { accuracy, ...more }, ...method }) => ({
      ...method,
      estimates: { map: accuracy, ...more },
    }));
    const several = await reportPage(
      { ...sample, metrics: [{ ...metric, id: 'map', name: 'mAP' }, ...others], methods },
      folder.path('.'),
    );
    expect(several)
      .to.contain('WELDON, k = 8 %: average precision of each class, %')
      .and.not.contain('Confusion matrix');
  });

  it('feature: rows of one name are told apart wherever one is shown alone', async () => {
    const method = (id: string, name: string, strategy: string, published?: { source: string }) => ({
      id,
      name,
      strategy,
      published,
    });
    const names = methodNames([
      method('a', 'GAP', 'features'),
      method('b', 'GAP', 'fine-tuned'),
      method('c', 'GAP', 'fine-tuned'),
      method('d', 'max', 'features'),
      method('d-reference', 'max', 'reference', { source: 'x' }),
    ]);
    expect([...names.values()]).to.deep.equal([
      'GAP (features)',
      'GAP (fine-tuned, b)',
      'GAP (fine-tuned, c)',
      'max',
      'max',
    ]);
    const page = await reportPage(sampleResults([]), folder.path('.'));
    expect(page.match(/<option value="ft-gap">GAP \(fine-tuned\)<\/option>/g)).to.have.length(2);
    expect(page)
      .to.contain('<h3>GAP (features): accuracy of each class, %</h3>')
      .and.to.contain('Confusion matrix of GAP (features)');
    expect(page)
      .to.contain('<title>GAP (features), 0.001: 60.0%</title>')
      .and.to.contain('<title>GAP (fine-tuned), 0.001: 70.0%</title>');
    expect(page).to.contain('<title>GAP (fine-tuned), epoch 1:').and.to.contain('<i>against</i> GAP (features)');
  });

  it('feature: the classes least often found come first; those without images last', () => {
    expect(
      worstFirst([
        [9, 1],
        [3, 1],
      ]),
    ).to.deep.equal([1, 0]);
    expect(
      worstFirst([
        [0, 0],
        [1, 1],
      ]),
    ).to.deep.equal([1, 0]);
  });

  it('cardinality: nothing but a row; no measure, no image, no curve', async () => {
    const sample = sampleResults([]);
    const bare: ExperimentResults = {
      ...sample,
      metrics: [sample.metrics[0]],
      methods: [{ id: 'a', name: 'only', strategy: 'x', details: [], estimates: {} }],
      comparisons: [],
      sweeps: [],
      curves: [],
      notices: [],
    };
    const page = await reportPage(bare, folder.path('.'));
    expect(page)
      .to.contain('only')
      .and.not.match(/NaN|undefined|Infinity|Methods in italics/);
    expect(await reportPage({ ...bare, metrics: [], methods: [] }, folder.path('.'))).to.not.match(
      /NaN|undefined|Infinity/,
    );
    expect(await reportPage(sample, folder.path('.'))).to.not.match(/NaN|undefined|Infinity/);
  });

  it('feature: labels of an axis do not touch, and lines that have one colour differ', () => {
    const figure = chartFigure({
      title: 't',
      x: 'side, px',
      y: 'y',
      lines: Array.from({ length: 7 }, (_, i) => ({
        name: `${i}`,
        points: [224, 280, 320, 747].map((x) => ({ x, y: i, told: '' })),
      })),
    });
    const chart = String(html`${figure}`);
    expect(['224', '280', '320', '747'].filter((label) => chart.includes(`>${label}</text>`))).to.deep.equal([
      '224',
      '280',
      '747',
    ]);
    expect(chart.match(/stroke-dasharray/g), 'the seventh line and its place in the legend').to.have.length(2);
    const [first, seventh] = chart
      .split('<g class="line c0"')
      .slice(1, 3)
      .map((line) => line.match(/<title>.*?d="(.*?)"/)![1]);
    expect(first, 'marks of lines in one colour').to.not.equal(seventh);
  });

  it('feature: a line has a gap where it has no number, and keeps to the axes', () => {
    const line = (ys: number[]) => ({ name: '<n>', points: ys.map((y, x) => ({ x, y })) });
    const { svg, width } = chartFile(
      'A & B',
      [{ title: 't', x: 'x', y: 'y', xRange: [0, 4], yRange: [0, 1], lines: [line([0, 0.5, NaN, 0.5, 1])] }],
      'Weldon Sans',
    );
    expect(width).to.equal(640);
    expect(svg)
      .to.contain('A &amp; B')
      .and.to.contain('&lt;n&gt;')
      .and.not.match(/NaN|undefined|Infinity|class="unseen"/);
    expect(svg).to.match(/d="M64,388L202,230M478,230L616,72"/);
  });

  it('exception: names from outside stay text, wherever the page shows them', async () => {
    const evil = "\"><script>alert(1)</script><img src=x onerror='alert(1)'>";
    const planted = JSON.parse(
      JSON.stringify(sampleResults(['one.jpg', 'gone.jpg', 'gone.jpg', 'gone.jpg'])),
      (key, value) =>
        typeof value === 'string' && !['unit', 'better', 'group', 'role'].includes(key)
          ? `${value}${evil}`
          : (value as unknown),
    ) as ExperimentResults;
    planted.dataSet.missing = [evil];
    // Keys name the metrics of estimates, and ids tell methods apart: they are planted alike.
    planted.methods.forEach((method) => {
      method.estimates = Object.fromEntries(Object.entries(method.estimates).map(([id, one]) => [`${id}${evil}`, one]));
    });
    const page = await reportPage(planted, folder.path('.'));
    expect(page.match(/<script/g)).to.have.length(1);
    expect(page).to.not.match(/<img src=x|alert\(1\)<\/script/);
    expect(page.match(/&lt;script&gt;/g)!.length).to.be.above(100);
  });

  it('feature: numbers as people write them', () => {
    expect([
      valueText(0.8049, 'share'),
      valueText(-0.01, 'share'),
      valueText(null, 'share'),
      valueText(0.2, 'number'),
    ]).to.deep.equal(['80.5', '\u22121.0', '–', '0.200']);
    expect([-0.0004, 0.0004, 0.001, -0.001, null].map((value) => differenceText(value, 'share'))).to.deep.equal([
      '0.0',
      '0.0',
      '+0.1',
      '\u22120.1',
      '–',
    ]);
    expect([0.2, 59, 600, 7200].map(durationText)).to.deep.equal(['1 s', '59 s', '10 min', '2.0 h']);
    expect([null, 0.0004, 0.0421, 1].map(chanceText)).to.deep.equal(['–', '< 0.001', '0.042', '1.000']);
  });
});
