/**
 * kill -9 at seeded random moments: nothing that is left is half a file, and the same command goes on to what an
 * uninterrupted run gives. `WELDON_KILLS=20` kills every command so often; by default some of them once or twice.
 */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { safetensors } from '../../src/formats/safetensors.js';
import { randomBits } from '../../src/random.js';
import { buildCommand, commandFile, weldon } from '../src/commands/builtCommand.js';
import { writeTinyModel } from '../src/commands/tinyModel.js';
import { smallClassFolders } from '../src/node/smallImages.js';
import { temporaryFolder } from '../src/node/temporaryFolder.js';

interface KilledCommand {
  name: string;
  /** kills in a run of all tests */
  usual: number;
  args: string[];
  /** flags of the run after the kill */
  again?: string[];
  /** files that are the same after an interruption, and what of them is */
  result: (file: string, content: Buffer) => Buffer | string | null;
}

const isFile =
  (...endings: string[]) =>
  (file: string, content: Buffer) =>
    endings.includes(extname(file)) ? content : null;

const commands: KilledCommand[] = [
  {
    name: 'heatmap',
    usual: 2,
    args: ['heatmap', 'images', '--model', 'tiny', '--backend', 'cpu', '--format', 'png,json,npy', '--out', 'run/maps'],
    again: ['--resume'],
    result: isFile('.png', '.json', '.npy'),
  },
  {
    name: 'heatmap on one page',
    usual: 1,
    args: ['heatmap', 'images', '--model', 'tiny', '--backend', 'cpu', '--format', 'html', '--out', 'run/page'],
    result: isFile('.html'),
  },
  {
    name: 'train',
    usual: 1,
    args: [
      ...['train', 'images', '--out', 'run/squares', '--backbone', 'wrn_10_1', '--strategy', 'scratch', '--size', '32'],
      ...['--batch-size', '4', '--epochs', '8', '--backend', 'wasm'],
    ],
    again: ['--resume'],
    result: (file, content) =>
      basename(file) === 'log.jsonl'
        ? content.toString().replaceAll(/"seconds":[\d.e-]+/g, '')
        : basename(dirname(file)) === 'model'
          ? content
          : null,
  },
  {
    name: 'evaluate',
    usual: 0,
    args: ['evaluate', 'tiny', 'images', '--backend', 'cpu', '--out', 'run/report.json'],
    result: isFile('.json'),
  },
  {
    name: 'experiment',
    usual: 0,
    args: [
      ...['experiment', '--config', 'squares.json', '--data', 'data', '--backend', 'wasm', '--jobs', '0'],
      ...['--cache', 'run/cache', '--out', 'run/results.json', '--html', 'run/page.html'],
    ],
    result: (file, content) => {
      if (basename(file) !== 'results.json') {
        return null;
      }
      const { choices, results } = JSON.parse(content.toString()) as {
        choices: object;
        results: { methods: { seconds?: unknown }[]; made: unknown };
      };
      return JSON.stringify([choices, { ...results, made: null }]);
    },
  },
];

const experimentConfig = {
  version: 1,
  title: 'Squares',
  dataSet: { kind: 'folder' },
  size: 64,
  backbone: { name: 'EfficientNet-Lite0', layer: 'stage3' },
  protocol: { seeds: [1, 2], rates: [1e-2], epochs: [3] },
  methods: [
    { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
    { kind: 'head', id: 'max', name: 'Max', pooling: 'max' },
  ],
};

/** All files below a folder but hidden ones and locks, by their path in it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'lock')
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !/(^|\/)\./.test(file))
    .sort();
}

/** Reads a file as its readers do; throws for half a file. */
async function checkWhole(path: string): Promise<void> {
  const content = readFileSync(path);
  switch (extname(path)) {
    case '.png':
      await sharp(content, { failOn: 'warning' }).stats();
      return;
    case '.json':
      JSON.parse(content.toString().replace(/^\/\/.*\n/, ''));
      return;
    case '.html':
      expect(content.toString().trimEnd(), path).to.match(/<\/html>$/);
      return;
    case '.npy': {
      const [rows, columns] = /\((\d+), (\d+), (\d+)\)/.exec(content.toString('latin1'))!.slice(2).map(Number);
      expect((content.length - 10 - content.readUInt16LE(8)) % (4 * rows * columns), path).to.equal(0);
      return;
    }
    case '.safetensors':
      await safetensors(content);
      return;
    case '.jsonl':
      // Lines are added to it: what a kill has left of the last is passed over by its readers.
      content
        .toString()
        .split('\n')
        .slice(0, -1)
        .forEach((line) => JSON.parse(line) as unknown);
  }
}

describe('killed at a random moment', () => {
  const folder = temporaryFolder();
  const kills = process.env.WELDON_KILLS === undefined ? null : Number(process.env.WELDON_KILLS);

  before(async () => {
    buildCommand();
    await writeTinyModel(folder.path('tiny'));
    await smallClassFolders(folder.path('images'), 6);
    await smallClassFolders(folder.path('data/train'), 6);
    await smallClassFolders(folder.path('data/test'), 2, 1000);
  });

  /** A working folder of its own, with the same names in it. */
  const makePlace = (name: string): string => {
    const place = folder.path(name.replaceAll(' ', '-'));
    mkdirSync(join(place, 'run'), { recursive: true });
    folder.write(`${basename(place)}/squares.json`, JSON.stringify(experimentConfig));
    return place;
  };
  /** Inputs lie beside the places, so that paths in the results are the same. */
  const argsOf = ({ args }: KilledCommand) =>
    args.map((word) => (['images', 'tiny', 'data'].includes(word) ? join('..', word) : word));
  const results = ({ result }: KilledCommand, run: string): Record<string, string> =>
    Object.fromEntries(
      filesIn(run).flatMap((file) => {
        const part = result(file, readFileSync(join(run, file)));
        return part === null ? [] : [[file, createHash('sha256').update(part).digest('hex')]];
      }),
    );

  for (const command of commands) {
    const count = kills ?? command.usual;
    if (count === 0) {
      continue;
    }
    it(`feature: weldon ${command.name}, ${count} times`, async () => {
      const draw = randomBits(20);
      const whole = makePlace(`${command.name}-whole`);
      const began = performance.now();
      const first = weldon(argsOf(command), whole);
      const wholeMs = performance.now() - began;
      expect(first.code, first.stderr).to.equal(0);
      const wanted = results(command, join(whole, 'run'));
      expect(Object.keys(wanted)).to.not.have.length(0);
      let [early, late, left] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        const place = makePlace(`${command.name}-${i}`);
        const share = 0.15 + (0.9 * draw()) / 2 ** 32;
        const child = spawn(process.execPath, [commandFile, ...argsOf(command)], { cwd: place, stdio: 'ignore' });
        const ended = once(child, 'exit');
        await Promise.race([delay(share * wholeMs), ended]);
        child.kill('SIGKILL');
        const [, signal] = (await ended) as [number | null, string | null];
        late += Number(signal === null);
        const run = join(place, 'run');
        const files = filesIn(run);
        early += Number(files.length === 0);
        left += files.length;
        for (const file of files) {
          await checkWhole(join(run, file));
        }
        const again = weldon([...argsOf(command), ...(command.again ?? [])], place);
        expect(again.code, again.stderr).to.equal(0);
        expect(results(command, run), `kill ${i} at ${share.toFixed(2)} of the run`).to.deep.equal(wanted);
        const hidden = readdirSync(run, { recursive: true, encoding: 'utf8' });
        expect(hidden.filter((name) => name.endsWith('.part') || /(^|\/)(\.weldon-)?lock$/.test(name))).to.deep.equal(
          [],
        );
      }
      if (kills !== null) {
        console.log(`      ${early} before any file, ${late} after the end, ${left} files left in all`);
      }
    });
  }
});
