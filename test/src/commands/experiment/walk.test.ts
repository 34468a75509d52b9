/** The walk of one config through `weldon experiment`: from room to room, and never back up. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { buildCommand, commandFile } from '../builtCommand.js';
import { smallClassFolders } from '../../node/smallImages.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

const hook = new URL('./recordRooms.mjs', import.meta.url).href;
/** From above to below; the rooms that a run goes through, and the cache below them all. */
const rooms = ['command', 'config', 'plan', 'run', 'faithfulness', 'methods', 'scores', 'report', 'cache'];
/** The room of each module or folder of src/commands; the words that all rooms share are in none. */
const roomOf: Record<string, string> = {
  'experiment/command': 'command',
  'experiment/experiment': 'command',
  'experiment/readConfig': 'config',
  'experiment/selectMethods': 'config',
  'experiment/datasetFlags': 'config',
  'experiment/openData': 'config',
  'experiment/plan': 'plan',
  'experiment/run': 'run',
  'experiment/preview': 'run',
  'experiment/faithfulness': 'faithfulness',
  'experiment/methods': 'methods',
  'experiment/scores': 'scores',
  report: 'report',
  'experiment/cache': 'cache',
};
const shared = ['experiment/config', 'experiment/options', 'experiment/outcome'];
const climbs = (arrows: readonly (readonly string[])[]) =>
  arrows.filter(([from, to]) => rooms.includes(from) && rooms.indexOf(to) < rooms.indexOf(from));

describe('rooms of the experiment', function () {
  const folder = temporaryFolder();
  const config = {
    version: 1,
    title: 'Walk',
    dataSet: { kind: 'folder' },
    size: 64,
    backbone: { name: 'EfficientNet-Lite0', layer: 'stage3' },
    protocol: {
      seeds: [1],
      rates: [1e-2, 1e-3],
      epochs: [2],
      faithfulness: { images: 1, steps: 2, methods: ['w', 'cam', 'ft'] },
    },
    methods: [
      { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
      { kind: 'head', id: 'w', name: 'WELDON', pooling: 'weldon' },
      { kind: 'gradCam', id: 'cam', name: 'Grad-CAM', of: 'w' },
      { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'gap' },
      { kind: 'fineTune', id: 'ft', name: 'FT', pooling: 'weldon', trainFrom: 'stage2', rates: [1e-3], epochs: [1] },
      { kind: 'ensemble', id: 'both', name: 'Both', of: ['gap', 'w'] },
      { kind: 'objectBank', id: 'bank', name: 'Bank', of: ['gap', 'w'] },
    ],
    comparisons: [['w', 'gap']],
  };

  before(async () => {
    buildCommand();
    await smallClassFolders(folder.path('data/train'), 6);
    await smallClassFolders(folder.path('data/test'), 2, 1000);
    folder.write('run.json', JSON.stringify(config));
  });

  /** From which room which one is entered, and by what. */
  const walk = (...args: string[]): string[][] => {
    const list = folder.path('rooms');
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', hook, commandFile, 'experiment', '--config', 'run.json', '--data', 'data', ...args],
      {
        encoding: 'utf8',
        cwd: folder.path('.'),
        env: { ...process.env, ROOMS: JSON.stringify(roomOf), ROOM_LIST: list },
      },
    );
    expect(status, stderr).to.equal(0);
    return readFileSync(list, 'utf8')
      .split('\n')
      .map((line) => line.split(' '));
  };

  it('feature: a run enters every room from above, with 0 climbs', () => {
    const quick = ['--backend', 'wasm', '--jobs', '0'];
    const arrows = [...walk(...quick), ...walk(...quick, '--dry-run')];
    expect(new Set(arrows.map(([, to]) => to))).to.deep.equal(new Set(rooms));
    expect(arrows.map((arrow) => arrow.join(' '))).to.include.members([
      'command plan planText',
      'command run runSplits',
      'run methods runGroup',
      'command scores experimentResults',
      'command report writeReport',
    ]);
    expect(climbs(arrows)).to.deep.equal([]);
  });

  it('feature: no module of a room imports one of an earlier room, types included', () => {
    const commands = fileURLToPath(new URL('../../../../src/commands/', import.meta.url));
    const pathOf = (file: string) => relative(commands, file).replace(/\.(ts|js)$/, '');
    const roomAt = (path: string) => roomOf[path] ?? roomOf[dirname(path)];
    const files = readdirSync(join(commands, 'experiment'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(commands, 'experiment', name));
    const imports = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)]
        .map(([, path]) => pathOf(join(dirname(file), path)))
        .filter((path) => /^(experiment|report)\//.test(path))
        .map((path) => [pathOf(file), path]),
    );
    // A new module has a room, or is of those that all share.
    expect(files.map(pathOf).filter((path) => roomAt(path) === undefined)).to.have.members(shared);
    expect(imports.length).to.be.greaterThan(80);
    expect(climbs(imports.map(([from, to]) => [roomAt(from), roomAt(to) ?? 'cache', from, to]))).to.deep.equal([]);
    const reached = imports.filter(([from]) => shared.includes(from)).map(([, to]) => roomAt(to) ?? 'shared');
    expect(new Set(reached)).to.deep.equal(new Set(['shared', 'report', 'cache']));
  });
});
