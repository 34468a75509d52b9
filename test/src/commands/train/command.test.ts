/** weldon train and weldon evaluate as a user runs them, in processes of their own. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecipeParts } from '../../../../src/models/recipeMetadata.js';
import type { EvaluationReport } from '../../../../src/commands/evaluate/evaluationReport.js';
import type { RunConfig } from '../../../../src/commands/train/runFolder.js';
import { buildCommand, commandFile, jsonLines, weldon } from '../builtCommand.js';
import { smallClasses, smallClassFolders, smallImage } from '../../node/smallImages.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

describe('weldon train', function () {
  const folder = temporaryFolder();
  before(async () => {
    buildCommand();
    await smallClassFolders(folder.path('images'), 6);
    await smallClassFolders(folder.path('test'), 3, 1000);
  });

  /** A network so small that it is trained whole in a second. */
  const small = [
    '--backbone',
    'wrn_10_1',
    '--strategy',
    'scratch',
    '--size',
    '32',
    '--batch-size',
    '4',
    '--backend',
    'wasm',
  ];

  describe('on class folders, with the embedded backbone', () => {
    const run = () => folder.path('embedded');
    const args = () => [
      'train',
      folder.path('images'),
      '--out',
      run(),
      '--size',
      '64',
      '--epochs',
      '20',
      '--validation',
      folder.path('test'),
      '--pooling',
      'max',
      '--backend',
      'wasm',
      '--json',
    ];

    it('leaves a run folder with options, log, curves and a model with its recipe', () => {
      const { code, stdout, stderr } = weldon(args());
      expect(code, stderr).to.equal(0);
      const lines = jsonLines(stdout);
      expect(lines[0]).to.include({
        kind: 'begin',
        train: 18,
        validation: 9,
        classes: 3,
        steps: 20,
        done: 0,
        metric: 'accuracy',
      });
      expect(lines.at(-1)).to.include({ kind: 'end', stopped: 'finished', epochs: 20 });
      expect((lines.at(-1)!.best as { value: number }).value).to.be.above(0.6);
      expect(readdirSync(run()).sort()).to.deep.equal([
        'checkpoints',
        'config.json',
        'curves.png',
        'log.jsonl',
        'model',
      ]);
      const config = readJson<RunConfig>(join(run(), 'config.json'));
      expect(config.options).to.include({ strategy: 'features', kMax: 1, kMin: 0, size: 64, epochs: 20, seed: 0 });
      expect(config.backbone).to.include({ name: 'efficientNetLite0', license: 'Apache-2.0' });
      const log = jsonLines(readFileSync(join(run(), 'log.jsonl'), 'utf8'));
      expect(log.filter(({ kind }) => kind === 'epoch').map(({ epoch }) => epoch)).to.deep.equal(
        Array.from({ length: 20 }, (_, i) => i),
      );
      expect(log.filter(({ kind }) => kind === 'step')).to.have.length(20);
      expect(readdirSync(join(run(), 'model')).sort()).to.deep.equal([
        '.weldon-files.jsonl',
        'LICENSE',
        'NOTICE',
        'model.json',
        'weights.bin',
      ]);
      const { weldon: recipe } = readJson<{ userDefinedMetadata: { weldon: RecipeParts } }>(
        join(run(), 'model/model.json'),
      ).userDefinedMetadata;
      expect(recipe).to.deep.include({
        classNames: smallClasses,
        license: 'Apache-2.0',
        resize: { rule: 'warp', size: 64 },
        pooling: { kMax: 1, kMin: 0, alpha: 1, reduction: 'mean' },
      });
      expect(recipe.source).to.match(
        /^features by weldon train on images, from EfficientNet-Lite0 trained on ImageNet/,
      );
    });

    it('leaves a finished run as it is', () => {
      const before = readFileSync(join(run(), 'log.jsonl'), 'utf8');
      const { code, stdout, stderr } = weldon(['train', '--resume', '--out', run(), '--json']);
      expect(code, stderr).to.equal(0);
      expect(jsonLines(stdout).map(({ kind }) => kind)).to.deep.equal(['begin', 'end']);
      expect(readFileSync(join(run(), 'log.jsonl'), 'utf8')).to.equal(before);
    });

    it('gives a model for heat maps and for weldon evaluate', () => {
      const report = folder.path('report.json');
      const evaluated = weldon(['evaluate', run(), folder.path('test'), '--out', report, '--backend', 'wasm']);
      expect(evaluated.code, evaluated.stderr).to.equal(0);
      expect(evaluated.stdout)
        .to.match(/^accuracy .* % {3}\(.* … .*\)$/m)
        .and.match(/^confusion: rows/m);
      const { accuracy, confusion, perClass, images } = readJson<EvaluationReport>(report);
      const history = jsonLines(readFileSync(join(run(), 'log.jsonl'), 'utf8')).filter(({ kind }) => kind === 'epoch');
      const best = Math.max(...history.map(({ validation }) => (validation as { metric: number }).metric));
      expect(accuracy!.value).to.be.closeTo(best, 1e-6);
      expect(images).to.equal(9);
      expect(perClass.map(({ name }) => name)).to.deep.equal(smallClasses);
      expect(confusion!.flat().reduce((sum, n) => sum + n, 0)).to.equal(9);
      const maps = weldon([
        'heatmap',
        folder.path('test/red/0.png'),
        '--model',
        run(),
        '--out',
        folder.path('maps'),
        '--format',
        'json',
      ]);
      expect(maps.code, maps.stderr).to.equal(0);
      expect(
        readJson<{ classes: { name: string }[] }>(folder.path('maps/0.json'))
          .classes.map(({ name }) => name)
          .sort(),
      ).to.deep.equal(smallClasses);
    });
  });

  describe('stopped and gone on with', () => {
    const args = (name: string) => [
      'train',
      folder.path('images'),
      '--out',
      folder.path(name),
      ...small,
      '--epochs',
      '6',
      '--checkpoint-every',
      '2',
      '--json',
    ];

    async function stopAt(
      name: string,
      step: number,
      signal: NodeJS.Signals,
    ): Promise<{ code: number | null; stderr: string }> {
      const child = spawn(process.execPath, [commandFile, ...args(name)], { stdio: ['ignore', 'pipe', 'pipe'] });
      let [stdout, stderr, sent] = ['', '', false];
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (!sent && stdout.includes(`"step":${step},`)) {
          sent = true;
          child.kill(signal);
        }
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      expect(sent, stderr).to.equal(true);
      return { code, stderr };
    }

    const weightsOf = (name: string) => readFileSync(join(folder.path(name), 'model/weights.bin'));

    it('comes to the same weights, bit for bit', async () => {
      const whole = weldon(args('whole'));
      expect(whole.code, whole.stderr).to.equal(0);
      await stopAt('killed', 7, 'SIGKILL');
      expect(existsSync(join(folder.path('killed'), 'model'))).to.equal(false);
      const again = weldon(args('killed'));
      expect(again.code, again.stderr).to.equal(0);
      expect(jsonLines(again.stdout)[0].done).to.be.within(4, 10);
      expect(weightsOf('killed').equals(weightsOf('whole'))).to.equal(true);

      const stopped = await stopAt('interrupted', 9, 'SIGINT');
      expect(stopped.code).to.equal(130);
      expect(stopped.stderr).to.match(
        /stopped after \d whole epochs; continue with the same command, or with: weldon train --resume --out/,
      );
      const resumed = weldon(['train', '--resume', '--out', folder.path('interrupted')]);
      expect(resumed.code, resumed.stderr).to.equal(0);
      expect(weightsOf('interrupted').equals(weightsOf('whole'))).to.equal(true);
      const steps = (name: string) =>
        jsonLines(readFileSync(join(folder.path(name), 'log.jsonl'), 'utf8'))
          .filter(({ kind }) => kind === 'step')
          .map(({ step, loss }) => [step, loss]);
      expect(steps('killed')).to.deep.equal(steps('whole'));
      expect(steps('interrupted')).to.deep.equal(steps('whole'));
    });

    it('refuses another run in the same folder', () => {
      const { code, stderr } = weldon([...args('whole'), '--kmax', '3']);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /^weldon: Expected kMax of the run .*whole to be 0\.1, as it was begun with, but received 3: choose another folder/m,
      );
    });
  });

  it('several classes per image: sigmoids, mAP, a configuration file', async () => {
    mkdirSync(folder.path('many'));
    const rows = ['image,labels'];
    for (let i = 0; i < 12; i++) {
      const classes = smallClasses.filter((_, c) => (i + 1) & (1 << c));
      await smallImage(folder.path(`many/${i}.png`), classes, 500 + i);
      rows.push(`${i}.png,${classes.join(';')}`);
    }
    const csv = folder.write('many/labels.csv', rows.join('\n'));
    const config = folder.write(
      'run.json',
      JSON.stringify({
        data: csv,
        out: folder.path('several'),
        backbone: 'wrn_10_1',
        strategy: 'scratch',
        size: 32,
        batchSize: 4,
        epochs: 9,
      }),
    );
    const { code, stdout, stderr } = weldon([
      'train',
      '--config',
      config,
      '--epochs',
      '2',
      '--backend',
      'wasm',
      '--json',
    ]);
    expect(code, stderr).to.equal(0);
    expect(jsonLines(stdout).at(-1)).to.include({ metric: 'mAP', epochs: 2 });
    const evaluated = weldon(['evaluate', folder.path('several'), csv, '--json', '--backend', 'wasm']);
    expect(evaluated.code, evaluated.stderr).to.equal(0);
    expect((JSON.parse(evaluated.stdout) as EvaluationReport).map!.value).to.be.within(0, 1);
  });

  describe('bad input: one sentence, and no folder', () => {
    const cases: [title: string, args: () => string[], code: number, sentence: RegExp][] = [
      [
        'an unknown backbone',
        () => ['--backbone', 'resnet5'],
        1,
        /^weldon: Expected .* the name of a backbone but received "resnet5"\. Nearest: "resnet50".*\n$/,
      ],
      [
        'absurd numbers',
        () => ['--epochs', '-1'],
        2,
        /--epochs <n>' argument '-1' is invalid\. Expected a whole number from 1 to 100000/,
      ],
      [
        'an unknown option in a file',
        () => ['--config', folder.write('c.json', '{"kmax": 3}')],
        1,
        /^weldon: .* received "kmax"\. Nearest: "kMax".*\n$/,
      ],
    ];
    for (const [title, args, code, sentence] of cases) {
      it(title, () => {
        const run = weldon(['train', folder.path('images'), ...args(), '--out', folder.path('refused')]);
        expect(run.stderr).to.match(sentence);
        expect(run.code).to.equal(code);
        expect(existsSync(folder.path('refused'))).to.equal(false);
      });
    }

    it('a folder that holds something, and a model that knows other classes', () => {
      const taken = weldon(['train', folder.path('images'), '--out', folder.path('images')]);
      expect(taken.stderr).to.match(
        /^weldon: Expected .*images to be a run folder, a new or an empty folder but received one that holds blue, green, red/,
      );
      cpSync(folder.path('test/red'), folder.path('strange/purple'), { recursive: true });
      cpSync(folder.path('test/blue'), folder.path('strange/blue'), { recursive: true });
      const mismatch = weldon(['evaluate', folder.path('embedded'), folder.path('strange')]);
      expect(mismatch.stderr).to.match(
        /^weldon: Expected the classes of .*strange to be those of the model .*embedded \(3\) but received also purple/,
      );
      expect([taken.code, mismatch.code]).to.deep.equal([1, 1]);
    });

    it('a loss that is no number stops the run at its step; the model of the best epoch before is there', () => {
      const { code, stderr } = weldon([
        'train',
        folder.path('images'),
        '--out',
        folder.path('diverged'),
        ...small,
        '--optimizer',
        'sgd',
        '--learning-rate',
        '100',
        '--schedule',
        'constant',
        '--warm-up',
        '0',
        '--epochs',
        '30',
        '--checkpoint-every',
        '1',
      ]);
      expect(code).to.equal(1);
      const sentence =
        /weldon: Expected the (loss at|gradient at|scores of the validation images after) step (\d+) \(epoch (\d+)\) to be a finite number but received .*lower learningRate/;
      expect(stderr).to.match(sentence);
      const epoch = Number(sentence.exec(stderr)![3]);
      expect(readdirSync(join(folder.path('diverged'), 'checkpoints'))).to.include('last.safetensors');
      const held = existsSync(join(folder.path('diverged'), 'model/model.json'));
      expect(held).to.equal(!stderr.includes('and no model'));
      expect(stderr).to.match(
        epoch > 1
          ? /diverged\/model holds the model of the best epoch before that, \d+, with accuracy/
          : /diverged\/model holds the model of the last checkpoint before that, of step \d+|and no model/,
      );
    });
  });

  it('two processes at once: the second is refused in one sentence, and the first comes to its end', async () => {
    const args = ['train', folder.path('images'), '--out', folder.path('twice'), ...small, '--epochs', '8', '--json'];
    const first = spawn(process.execPath, [commandFile, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(first, 'exit') as Promise<[number | null]>;
    await new Promise<void>((resolve) => {
      first.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('"step"') && resolve());
    });
    const second = weldon(args);
    expect(second.code, second.stderr).to.equal(1);
    expect(second.stderr).to.match(
      new RegExp(
        `^weldon: Expected the run .*twice to be trained by one process at a time but received one that ` +
          `process ${first.pid} has been training since .*: wait for its end, or choose another folder\\.?\\n$`,
      ),
    );
    expect((await ended)[0]).to.equal(0);
    expect(readdirSync(folder.path('twice')).sort()).to.deep.equal([
      'checkpoints',
      'config.json',
      'curves.png',
      'log.jsonl',
      'model',
    ]);
  });
});
