import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { safetensors } from '../../../src/formats/safetensors.js';
import type { ExperimentResults } from '../../../src/commands/report/results.js';
import { smallClassFolders } from '../../src/node/smallImages.js';
import { temporaryFolder } from '../../src/node/temporaryFolder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const script = ['--import', 'tsx', join(root, 'demos/mit67/main.ts')];

interface Written {
  choices: Record<string, { tried: { rate: number; heldOut: number }[]; rate: number }[]>;
  results: {
    methods: { id: string; estimates: Record<string, { value: number; low: number; high: number }> }[];
    comparisons: unknown[];
  };
}

/** The evaluation as it is run, on a tiny data set of three classes. */
describe('npm run mit67', function () {
  const folder = temporaryFolder();
  const config = {
    version: 1,
    title: 'Small squares',
    dataSet: { kind: 'folder' },
    size: 64,
    normalize: 'channels',
    backbone: { name: 'EfficientNet-Lite0', layer: 'stage3' },
    protocol: { seeds: [1], rates: [1e-3, 1e-2], epochs: [20], batchSize: 8 },
    methods: [
      { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
      { kind: 'head', id: 'w', name: 'WELDON', pooling: { kMax: 2, reduction: 'halfMean' } },
      { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'gap' },
      { kind: 'ensemble', id: 'both', name: 'Both', of: ['gap', 'w'] },
      { kind: 'objectBank', id: 'bank', name: 'Bank', of: ['gap', 'w'] },
      { kind: 'head', id: 'long', name: 'Long', full: true, pooling: { kMax: 3 } },
    ],
    comparisons: [
      ['w', 'gap'],
      ['long', 'gap'],
    ],
  };
  const args = (data: string, cache: string, more: string[] = []) => [
    ...script,
    '--config',
    folder.path('run.json'),
    '--data',
    folder.path(data),
    '--cache',
    folder.path(cache),
    '--out',
    folder.path(`${cache}.json`),
    '--backend',
    'wasm',
    '--jobs',
    '0',
    ...more,
  ];
  const run = (data: string, cache: string, more: string[] = []) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args(data, cache, more), {
      encoding: 'utf8',
      cwd: root,
    });
    return { code: status, stdout, stderr };
  };
  const read = (cache: string) => JSON.parse(readFileSync(folder.path(`${cache}.json`), 'utf8')) as Written;
  const results = (cache: string, data: string) => readdirSync(join(folder.path(cache), 'results', data)).sort();

  before(async () => {
    for (const data of ['data', 'poisoned', 'broken']) {
      await smallClassFolders(join(folder.path(data), 'train'), 10);
      await smallClassFolders(join(folder.path(data), 'test'), 4, 1000);
    }
    // The same test images under each other's names.
    const test = folder.path('poisoned/test');
    renameSync(join(test, 'red'), join(test, 'away'));
    renameSync(join(test, 'green'), join(test, 'red'));
    renameSync(join(test, 'blue'), join(test, 'green'));
    renameSync(join(test, 'away'), join(test, 'blue'));
    writeFileSync(folder.path('broken/test/red/0.png'), 'no image');
    writeFileSync(folder.path('run.json'), JSON.stringify(config));
  });

  it('says what it would do, and does nothing', () => {
    const { code, stdout } = run('data', 'dry', ['--dry-run']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/features of 42 images at 64 px \(layer stage3, 8×8×40\): about \d+ s, 1 MB on the disk/);
    expect(stdout).to.match(/choosing among 2 candidates for gap, w, on 30 % of the training images/);
    expect(stdout).to.match(/In all about .* and 1 MB/);
    // What the same flags would run.
    expect(run('data', 'dry', ['--dry-run', '--full']).stdout)
      .to.contain('2 candidates for gap, w, long, on')
      .and.contain('estimates of 6 methods');
    const named = run('data', 'dry', ['--dry-run', '--methods', 'w']);
    expect(named.stdout).to.contain('2 candidates for w, on').and.contain('estimates of one method with its intervals');
    expect(named.stderr).not.to.contain('--full');
    const old = run('data', 'dry', ['--dry-run', '--rows', 'w']);
    expect(old.stdout).to.contain('2 candidates for w, on').and.contain('estimates of one method with its intervals');
    expect(old.stderr).to.contain('--rows is named --methods now; the old name is still read\n');
    expect(named.stderr).not.to.contain('--rows');
    expect(existsSync(folder.path('dry'))).to.equal(false);
  });

  it('gives every method its estimates with intervals, and goes on from what a killed run has done', async () => {
    const { code, stderr } = run('data', 'whole');
    expect(code, stderr).to.equal(0);
    const left = 'Method long is left out: --full runs it too';
    expect(stderr.split('\n')).to.include(left);
    const whole = read('whole');
    const { notices, made } = (whole as unknown as { results: ExperimentResults }).results;
    expect(notices).to.include(left);
    expect(made.command).to.equal('npm run mit67 -- --config run.json --data DIR');
    expect(readFileSync(join(folder.path('whole'), 'runs', 'run.html'), 'utf8')).to.contain(left);
    expect(whole.results.methods.map(({ id }) => id)).to.deep.equal(['gap', 'w', 'svm', 'both', 'bank']);
    for (const {
      estimates: {
        accuracy: { value, low, high },
      },
    } of whole.results.methods) {
      expect(low).to.be.at.most(value);
      expect(high).to.be.at.least(value);
    }
    expect(whole.results.comparisons).to.have.length(3);

    // Killed as soon as the first features are on the disk; and again when heads have begun to train.
    const kill = async (when: () => boolean) => {
      const killed = spawn(process.execPath, args('data', 'killed'), { cwd: root, stdio: 'ignore' });
      const ended = new Promise((resolve) => killed.on('exit', resolve));
      while (!when()) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(killed.exitCode, 'ended before it could be killed').to.equal(null);
      }
      killed.kill('SIGKILL');
      await ended;
    };
    const found = (part: string, name: RegExp) =>
      existsSync(join(folder.path('killed'), part)) &&
      readdirSync(join(folder.path('killed'), part), { recursive: true }).some((path) => name.test(String(path)));
    await kill(() => found('features', /./));
    await kill(() => found('checkpoints', /^data.heads-\w+.last\.safetensors$/));
    expect(existsSync(folder.path('killed.json'))).to.equal(false);
    const again = run('data', 'killed');
    expect(again.code, again.stderr).to.equal(0);
    expect(again.stderr).to.match(/Heads at 64 px, choosing, part 1 of 1, 20 epochs: goes on after batch \d+ of 60/);
    expect(found('checkpoints', /safetensors$/)).to.equal(false);
    expect(read('killed').results.methods).to.deep.equal(whole.results.methods);
    expect(read('killed').choices).to.deep.equal(whole.choices);
  });

  it('chooses without a look at the test images', () => {
    expect(run('poisoned', 'wrong').code).to.equal(0);
    const [right, wrong] = [read('whole'), read('wrong')];
    expect(wrong.choices).to.deep.equal(right.choices);
    expect(wrong.results.methods.map(({ estimates }) => estimates.accuracy.value)).not.to.deep.equal(
      right.results.methods.map(({ estimates }) => estimates.accuracy.value),
    );
    // A test image that cannot be read is met when all choices are made.
    const { code, stderr } = run('broken', 'stopped');
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n').at(-1)).to.match(
      /^experiment: Expected .*0\.png to be a JPEG, PNG, WebP, GIF, AVIF or TIFF image/,
    );
    const skipped = run('broken', 'skipped', ['--skip-corrupt']);
    expect(skipped.code, skipped.stderr).to.equal(0);
    const { dataSet, notices } = (read('skipped') as unknown as { results: ExperimentResults }).results;
    expect(dataSet.test).to.equal(11);
    expect(notices).to.include(
      `Images that cannot be read, 1 of 42, are left out (--skip-corrupt): ${join('test', 'red', '0.png')}`,
    );
    expect(results('stopped', 'broken').filter((name) => name.includes('-choice-'))).to.have.length(2);
  });

  it('names the method and the rates where all of them make the loss NaN, and keeps what other methods gave', () => {
    const lost = { ...config, protocol: { ...config.protocol, rates: [1e38, 2e38] } };
    writeFileSync(folder.path('lost.json'), JSON.stringify(lost));
    const { code, stderr } = run('data', 'whole', ['--config', folder.path('lost.json'), '--methods', 'gap']);
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n').at(-1)).to.equal(
      'experiment: Expected the rates for method gap to be some that it can be trained with but received ' +
        '1e+38, 2e+38, with all of which its loss becomes NaN or infinite: name lower ones',
    );
    writeFileSync(
      folder.path('lost.json'),
      JSON.stringify({ ...config, protocol: { ...config.protocol, rates: [1e-2, 1e38] } }),
    );
    const partly = run('data', 'whole', [
      '--config',
      folder.path('lost.json'),
      '--methods',
      'gap',
      '--out',
      folder.path('partly.json'),
    ]);
    expect(partly.code, partly.stderr).to.equal(0);
    expect(partly.stderr).to.contain(
      'Rate 1e+38 of method gap cannot be chosen for 20 epochs: its loss becomes NaN or infinite\n',
    );
    expect(read('partly').choices.gap[0].tried[1].heldOut).to.equal(null);
  });

  it('gives features and maps where images are missing and nothing can be measured', async () => {
    const place = folder.path('few');
    await smallClassFolders(join(place, 'Images'), 2);
    const there = ['red/0.png', 'green/1.png', 'blue/0.png'];
    const gone = Array.from({ length: 40 }, (_, i) => `red/gone ${i}.jpg`);
    writeFileSync(join(place, 'TrainImages.txt'), [...there, ...gone].join('\n'));
    writeFileSync(join(place, 'TestImages.txt'), 'blue/nowhere.jpg');
    writeFileSync(folder.path('mit67.json'), JSON.stringify({ ...config, dataSet: { kind: 'mit67' } }));
    const refused = run('few', 'looked', ['--config', folder.path('mit67.json')]);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(
      /but 41 are not: .* and 36 more\. Unpack the archive again, or go on without them with --allow-missing/,
    );
    const { code, stdout, stderr } = run('few', 'looked', ['--config', folder.path('mit67.json'), '--allow-missing']);
    expect(code, stderr).to.equal(0);
    expect(stderr)
      .to.match(/^41 of the 44 listed images are not there/m)
      .and.match(/^Nothing can be trained and measured: .* There are 3 images to train on and 0 to measure on$/m);
    expect(stdout).to.match(/^All 41 images that are not there are named in both files:$/m);
    const { results } = JSON.parse(readFileSync(folder.path('looked.json'), 'utf8')) as { results: ExperimentResults };
    expect(results.dataSet.missing).to.have.members([...gone, 'blue/nowhere.jpg']);
    expect(results.methods).to.deep.equal([]);
    const looked = results.examples.preview!;
    // the three that lists name and the three that none does
    expect(looked.map(({ path }) => path)).to.deep.equal(
      ['blue', 'green', 'red'].flatMap((name) => [0, 1].map((i) => `Images/${name}/${i}.png`)),
    );
    looked.forEach(({ maps }) => {
      expect(maps.map(({ role, rows, columns, values }) => [role, rows, columns, values.length])).to.deep.equal([
        ['own', 2, 2, 4],
        ['own', 2, 2, 4],
      ]);
    });
    const page = readFileSync(join(folder.path('looked'), 'runs', 'mit67.html'), 'utf8');
    expect(page.match(/<img /g)).to.have.length(6 * 3);
    expect(page).to.contain('red/gone 39.jpg').and.contain('nothing could be measured');
    const shards = readdirSync(join(folder.path('looked'), 'features'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.safetensors'))
      .map((name) => safetensors(readFileSync(join(folder.path('looked'), 'features', name))));
    expect((await Promise.all(shards)).flatMap(({ shapes }) => [...shapes.keys()])).to.have.length(6);
  });

  it('refuses what it cannot run, in one sentence', () => {
    const lines = (result: { code: number | null; stderr: string }, code = 1) => {
      expect(result.code).to.equal(code);
      return result.stderr.trim();
    };
    const withConfig = (change: object) => {
      mkdirSync(folder.path('odd'), { recursive: true });
      writeFileSync(folder.path('odd/run.json'), JSON.stringify({ ...config, ...change }));
      return lines(run('data', 'odd', ['--config', folder.path('odd/run.json')]));
    };
    expect(lines(run('data', 'odd', ['--config', folder.path('nowhere.json')]))).to.match(
      /^experiment: Expected .*nowhere\.json to be the config of a run but received no file of that name: check the path$/,
    );
    expect(withConfig({ comparisons: [['w', 'max']] })).to.match(
      /^experiment: Expected a comparison of .* to be a method, one of gap, w, svm, both, bank, long but received "max"$/,
    );
    expect(withConfig({ protocol: { heldOut: 1 } })).to.match(/to be a number with 0 < heldOut < 1 but received 1$/);
    mkdirSync(folder.path('results'), { recursive: true });
    expect(lines(run('data', 'odd', ['--out', folder.path('results')])), 'before anything is computed').to.match(
      /^experiment: Expected .*results to be a file to write but received a folder of that name: choose another name$/m,
    );
    expect(lines(run('data', 'run.json/cache'))).to.match(
      /^experiment: Expected .* to be a folder to write into but received a file of that name, or a path through/m,
    );
    expect(lines(run('data', 'odd', ['--jobs', '1000']), 2)).to.match(
      /'1000' is invalid\. Expected a whole number from 0 to 64\.$/m,
    );
    expect(lines(run('nowhere', 'odd'))).to.match(/^experiment: Expected .*nowhere to .*check the path/);
  });
});
