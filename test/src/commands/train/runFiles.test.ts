import { expect } from 'chai';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { resolveTrainOptions } from '../../../../src/commands/train/resolveOptions.js';
import { writeRunCurves } from '../../../../src/commands/train/runCurves.js';
import type { RunConfig } from '../../../../src/commands/train/runFolder.js';
import { beginRun, checkSameRun, modelOfRun, readRun, runPaths } from '../../../../src/commands/train/runFolder.js';
import type { LogLine } from '../../../../src/commands/train/runLog.js';
import { openRunLog } from '../../../../src/commands/train/runLog.js';
import type { TrainOptions } from '../../../../src/commands/train/options.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';

function config(options: TrainOptions, change: Partial<RunConfig> = {}): RunConfig {
  const facts = { multiLabel: false, backbone: 'efficientNetLite0', size: 320, images: 100 };
  return {
    weldonRun: 1,
    options: resolveTrainOptions({ data: 'images', out: 'run', ...options }, facts),
    data: { name: 'images', classes: ['a', 'b'], multiLabel: false, train: 80, validation: 20, fingerprint: 'f' },
    backbone: { name: 'efficientNetLite0', parameters: 1 },
    backend: 'wasm',
    versions: {},
    begun: '2026-01-01T00:00:00.000Z',
    ...change,
  };
}

function step(number: number): LogLine {
  return {
    kind: 'step',
    phase: 0,
    epoch: 0,
    batch: number,
    step: number,
    loss: 1 / number,
    learningRate: 0.1,
    gradientNorm: 1,
  };
}

describe('files of a run', () => {
  const folder = temporaryFolder();

  it('feature: a run folder is read again; other folders are refused', async () => {
    const out = folder.path('run');
    expect(await readRun(out)).to.equal(null);
    await beginRun(runPaths(out), config({}));
    expect((await readRun(out))?.options).to.deep.equal(JSON.parse(JSON.stringify(config({}).options)));
    mkdirSync(folder.path('images'));
    writeFileSync(folder.path('images/a.jpg'), '');
    expect(await rejection(readRun(folder.path('images')))).to.match(
      /a run folder, a new or an empty folder but received one that holds a\.jpg/,
    );
    expect(await rejection(readRun(folder.write('file', '')))).to.match(/but received a file of that name/);
    writeFileSync(join(out, 'config.json'), '{');
    expect(await rejection(readRun(out))).to.match(/^Cannot read the run's .*config\.json/);
    writeFileSync(join(out, 'config.json'), '{"weldonRun": 9, "options": {}}');
    expect(await rejection(readRun(out))).to.match(/that of a run, version 1 but received version 9/);
  });

  it('exception: what makes it another run is named', () => {
    const then = config({});
    expect(() => checkSameRun(then, config({ checkpointEvery: 5, data: './images' }))).to.not.throw();
    expect(() => checkSameRun(then, config({ kMax: 3 }))).to.throw(
      'Expected kMax of the run run to be 0.1, as it was begun with, but received 3: choose another folder for another run',
    );
    expect(() => checkSameRun(then, config({ patience: 3 }))).to.throw('Expected patience of the run run to be absent');
    expect(() => checkSameRun(then, config({}, { data: { ...then.data, train: 79, fingerprint: 'g' } }))).to.throw(
      'to be those it was begun with, 80 to train on and 20 for validation, but received others (79 and 20)',
    );
    expect(() => checkSameRun(then, config({}, { backend: 'cpu' }))).to.throw(
      'Expected backend of the run run to be wasm',
    );
  });

  it('feature: a log goes on from a checkpoint, without the steps behind it and without half a line', async () => {
    const path = folder.path('log.jsonl');
    const log = await openRunLog(path, null);
    for (const number of [1, 2, 3]) {
      await log.add(step(number));
    }
    await log.add({ kind: 'epoch', seconds: 1, epoch: 0, phase: 0, loss: 0.5 });
    await log.flush();
    appendFileSync(path, '{"kind":"step","st');
    const again = await openRunLog(path, { phase: 0, epoch: 0, batch: 2, step: 2 });
    expect(again.lines).to.deep.equal([step(1), step(2)]);
    await again.add(step(3));
    await again.flush();
    expect(
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as LogLine),
    ).to.deep.equal([step(1), step(2), step(3)]);
    const told: string[] = [];
    writeFileSync(path, readFileSync(path, 'utf8').replace('{', '\u0000'));
    const damaged = await openRunLog(path, { phase: 0, epoch: 0, batch: 3, step: 3 }, (line) => told.push(line));
    expect(damaged.lines).to.deep.equal([step(2), step(3)]);
    expect(told).to.deep.equal([`${path} has 1 damaged line: the curves are drawn without`]);
  });

  it('feature: a run folder stands for its model, a model folder for itself', async () => {
    const out = folder.path('trained');
    mkdirSync(join(out, 'model'), { recursive: true });
    expect(await modelOfRun(out)).to.equal(out);
    writeFileSync(join(out, 'model/model.json'), '{}');
    expect(await modelOfRun(out)).to.equal(join(out, 'model'));
    expect(await modelOfRun(join(out, 'model'))).to.equal(join(out, 'model'));
  });

  it('feature: curves are an image with ink in both panels, also of a run without validation', async () => {
    const history = [0, 1, 2].map((epoch) => ({
      epoch,
      phase: 0,
      loss: 2 - epoch / 2,
      validation: { loss: 2.1 - epoch / 2, metric: epoch / 4 },
    }));
    const shared = { title: 'rooms', epochs: 3, steps: [[0.5, 2.2]] as const, metric: 'accuracy' };
    await writeRunCurves(folder.path('both.png'), { ...shared, history, best: { epoch: 2 } });
    const { data, info } = await sharp(folder.path('both.png')).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).to.deep.equal([1280, 496]);
    // Pixels of the validation curves' colour, in the left half and in the right one.
    const orange = [0, 0];
    for (let i = 0; i < info.width * info.height; i++) {
      const [r, g, b] = data.subarray(3 * i, 3 * i + 3);
      orange[i % info.width < 640 ? 0 : 1] += r === 0xb3 && g === 0x47 && b === 0x00 ? 1 : 0;
    }
    expect(Math.min(...orange)).to.be.above(100);
    await writeRunCurves(folder.path('one.png'), { ...shared, history: [{ epoch: 0, phase: 0, loss: 1 }], best: null });
    expect((await sharp(folder.path('one.png')).metadata()).width).to.equal(640);
  });
});
