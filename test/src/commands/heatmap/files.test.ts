import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import sharp from 'sharp';
import { npyFile } from '../../../../src/formats/npy.js';
import { writeHeatmap } from '../../../../src/commands/heatmap/writeHeatmap.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { bump, syntheticHeatmap } from '../../render/syntheticHeatmap.js';

describe('npyFile', () => {
  it('is byte for byte what numpy.save writes', () => {
    // numpy 2.4: np.save(file, np.array([[[0.5, -1]]], dtype='<f4'))
    const wanted =
      '934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c2027736861' +
      `7065273a2028312c20312c2032292c207d${'20'.repeat(55)}0a0000003f000080bf`;
    const file = npyFile([{ data: Float32Array.of(0.5, -1), rows: 1, columns: 2 }]);
    expect(Buffer.from(file).toString('hex')).to.equal(wanted);
  });

  it('keeps the order classes, rows, columns', () => {
    const file = npyFile([
      { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 },
      { data: Float32Array.of(7, 8, 9, 10, 11, NaN), rows: 2, columns: 3 },
    ]);
    expect(file.length).to.equal(128 + 48);
    const view = new DataView(file.buffer, 128);
    expect(Array.from({ length: 12 }, (_, i) => view.getFloat32(4 * i, true))).to.deep.equal([
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      NaN,
    ]);
    expect(Buffer.from(file.subarray(0, 128)).toString('latin1')).to.contain("'shape': (2, 2, 3)");
  });

  it('refuses maps of different sizes', () => {
    expect(() => npyFile([bump(2, 3, 0, 0, 1), bump(3, 2, 0, 0, 1)])).to.throw(
      'of one size, 2 × 3, but received one of 3 × 2',
    );
  });
});

describe('writeHeatmap', () => {
  const folder = temporaryFolder();

  it('takes the format from the name', async () => {
    const heatmap = syntheticHeatmap(64, 48);
    for (const name of ['a.png', 'a.json', 'a.NPY']) {
      await writeHeatmap(folder.path(name), heatmap);
    }
    expect((await sharp(folder.path('a.png')).metadata()).format).to.equal('png');
    expect(readFileSync(folder.path('a.NPY')).subarray(1, 6).toString()).to.equal('NUMPY');
    expect(JSON.parse(readFileSync(folder.path('a.json'), 'utf8')).classes).to.have.length(2);
  });

  it('json holds the raw map, exactly, with all that is known', async () => {
    const heatmap = syntheticHeatmap(64, 48, { originalWidth: 640, originalHeight: 480 });
    heatmap.classes = [
      {
        name: 'a "quoted" class',
        index: 7,
        score: 1.5,
        probability: 0.25,
        map: { data: Float32Array.of(0.1, -3e-39, NaN, 16777217, 5, -0.3), rows: 2, columns: 3 },
        regions: {
          top: [{ index: 4, row: 1, column: 1, value: 5 }],
          bottom: [{ index: 5, row: 1, column: 2, value: -0.3 }],
        },
        boxes: { top: [{ x: 1 / 3, y: 2, width: 30, height: 40 }], bottom: [{ x: 0, y: 0, width: 1, height: 1 }] },
      },
    ];
    await writeHeatmap(folder.path('b.json'), heatmap);
    const text = readFileSync(folder.path('b.json'), 'utf8');
    const {
      image,
      model,
      pooling,
      classes: [shown],
    } = JSON.parse(text);
    expect(image).to.deep.equal({ path: 'images/sun over a field.jpg', width: 640, height: 480 });
    expect([model, pooling]).to.deep.equal(['TestNet', { kMax: 4, kMin: null, alpha: 0.7, reduction: 'mean' }]);
    expect([shown.name, shown.index, shown.score, shown.probability, shown.rows, shown.columns]).to.deep.equal([
      'a "quoted" class',
      7,
      1.5,
      0.25,
      2,
      3,
    ]);
    expect(shown.map[0][2]).to.equal(null);
    const flat = shown.map.flat();
    heatmap.classes[0].map.data.forEach((value, i) => {
      if (i !== 2) {
        expect(Math.fround(flat[i])).to.equal(value);
      }
    });
    expect(shown.centers).to.deep.equal({ x: { start: 640 / 6, step: 640 / 3 }, y: { start: 120, step: 240 } });
    expect(shown.regions.top).to.deep.equal([
      { row: 1, column: 1, value: 5, box: { x: 0.33, y: 2, width: 30, height: 40 } },
    ]);
    expect(
      text.split('\n').filter((line) => /^\s+\[[-\d., ]+\],?$/.test(line)),
      'a row of the map on a line',
    ).to.have.length(1);
    expect(text.endsWith('}\n')).to.equal(true);
  });

  it('refuses what it cannot write, and leaves nothing', async () => {
    const heatmap = syntheticHeatmap(8, 6);
    expect(await rejection(writeHeatmap(folder.path('a.gif'), heatmap))).to.match(
      /a\.gif to be 'png' or 'json' or 'npy' but received "gif"$/,
    );
    expect(await rejection(writeHeatmap(folder.path('c.png'), { ...heatmap, classes: [] }))).to.contain(
      'to be at least one class but received none',
    );
    const broken = { ...heatmap.classes[0], map: { data: new Float32Array(5), rows: 2, columns: 3 } };
    expect(await rejection(writeHeatmap(folder.path('c.png'), { ...heatmap, classes: [broken] }))).to.contain(
      '2 × 3 = 6 numbers but received 5',
    );
    expect(await rejection(writeHeatmap(folder.path('missing/c.png'), heatmap))).to.contain('no folder of that name');
    expect(existsSync(folder.path('c.png'))).to.equal(false);
    expect(readdirSync(folder.path('')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });
});
