/** The weldon command as a user runs it, in processes of its own. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import sharp from 'sharp';
import { buildCommand, commandFile as main, jsonLines, weldon } from './builtCommand.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const photos = join(root, 'demos/photos');

describe('weldon', function () {
  let folder: string;
  // The built command, as it is installed: what it draws on a thread of its own cannot run from sources.
  before(buildCommand);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'weldon-'));
  });
  afterEach(() => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true, force: true });
  });

  describe('heatmap', () => {
    it('recognises the bundled images and points at what it recognised', () => {
      const { code, stdout, stderr } = weldon([
        'heatmap',
        photos,
        '--out',
        folder,
        '--format',
        'png,json,npy,html',
        '--json',
      ]);
      expect(code, stderr).to.equal(0);
      const lines = jsonLines(stdout);
      const best = new Map(
        lines.slice(0, -1).map((line) => {
          const { path, classes } = line as {
            path: string;
            classes: { name: string; strongest: { x: number; y: number; width: number; height: number } }[];
          };
          return [path.slice(path.lastIndexOf('/') + 1), classes] as const;
        }),
      );
      expect(best.get('coffee.jpg')![0].name).to.equal('espresso');
      expect(best.get('rocket.jpg')!.map(({ name }) => name)).to.include('missile');
      expect(best.get('cat.jpg')!.map(({ name }) => name)).to.include.oneOf(['tabby', 'Egyptian cat', 'tiger cat']);
      // The cup stands at x 195 … 430, y 20 … 200 of 600 × 400.
      const { x, y, width, height } = best.get('coffee.jpg')![0].strongest;
      expect(x + width / 2).to.be.within(195, 430);
      expect(y + height / 2).to.be.within(20, 200);
      expect(lines.at(-1)).to.have.nested.property('summary.images', 5);
      for (const name of ['cat', 'coffee', 'rocket', 'astronaut', 'pagoda']) {
        for (const ending of ['png', 'json', 'npy']) {
          expect(existsSync(join(folder, `${name}.${ending}`)), `${name}.${ending}`).to.equal(true);
        }
      }
      expect(readFileSync(join(folder, 'index.html'), 'utf8')).to.contain('espresso');
      expect(readdirSync(folder).filter((name) => name.startsWith('.'))).to.deep.equal(['.weldon-files.jsonl']);
    });

    it('goes on after files that are none, says one sentence for each, and exits with 1', async () => {
      const input = join(folder, 'in');
      mkdirSync(input);
      writeFileSync(join(input, 'text.jpg'), 'this is no image');
      writeFileSync(join(input, 'empty.png'), '');
      const jpeg = await sharp(join(photos, 'cat.jpg')).toBuffer();
      writeFileSync(join(input, 'cut.jpg'), jpeg.subarray(0, jpeg.length / 2));
      writeFileSync(
        join(input, 'animation.jpg'),
        await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a33' } })
          .gif()
          .toBuffer(),
      );
      writeFileSync(join(input, 'cmyk.jpg'), await sharp(jpeg).toColourspace('cmyk').jpeg().toBuffer());
      writeFileSync(join(input, 'deep.png'), await sharp(jpeg).toColourspace('rgb16').png().toBuffer());
      writeFileSync(
        join(input, 'pixel.png'),
        await sharp({ create: { width: 1, height: 1, channels: 4, background: '#00ff0080' } })
          .png()
          .toBuffer(),
      );
      mkdirSync(join(folder, 'nothing here'));
      const out = join(folder, 'out');
      const { code, stderr, stdout } = weldon([
        'heatmap',
        input,
        join(folder, 'missing.jpg'),
        join(folder, 'nothing here'),
        '--out',
        out,
        '--json',
        '--top',
        '1',
        '--format',
        'png,html',
      ]);
      expect(code).to.equal(1);
      const refused = stderr.split('\n').filter((line) => line.startsWith('weldon: '));
      expect(refused).to.have.length(5);
      for (const name of ['text.jpg', 'empty.png', 'cut.jpg', 'missing.jpg', 'nothing here']) {
        expect(
          refused.filter((line) => line.includes(name)),
          name,
        ).to.have.length(1);
      }
      expect(stderr).to.not.match(/\n\s+at /);
      expect(readdirSync(out).sort()).to.deep.equal([
        '.weldon-files.jsonl',
        'animation.png',
        'cmyk.png',
        'deep.png',
        'index.html',
        'pixel.png',
      ]);
      expect(jsonLines(stdout).at(-1)).to.have.nested.property('summary.failed', 5);
    });

    it('numbers images of the same name, and resumes', () => {
      for (const name of ['a', 'b']) {
        mkdirSync(join(folder, name));
        cpSync(join(photos, 'cat.jpg'), join(folder, name, 'cat.jpg'));
      }
      const out = join(folder, 'out');
      const args = [
        'heatmap',
        join(folder, 'a'),
        join(folder, 'b'),
        '--out',
        out,
        '--format',
        'json',
        '--classes',
        'tabby,281,tiger cat',
        '--json',
      ];
      expect(weldon(args).code).to.equal(0);
      expect(readdirSync(out).sort()).to.deep.equal(['.weldon-files.jsonl', 'cat-2.json', 'cat.json']);
      const written = JSON.parse(readFileSync(join(out, 'cat.json'), 'utf8')) as {
        classes: { name: string; index: number }[];
      };
      expect(written.classes.map(({ name, index }) => [name, index])).to.deep.equal([
        ['tabby', 281],
        ['tabby', 281],
        ['tiger cat', 282],
      ]);
      rmSync(join(out, 'cat-2.json'));
      const again = weldon([...args, '--resume']);
      expect(again.code).to.equal(0);
      expect(
        jsonLines(again.stdout)
          .slice(0, -1)
          .map((line) => line.path),
      ).to.deep.equal([join(folder, 'b', 'cat.jpg')]);
    });

    const refusals: [title: string, args: (folder: string) => string[], code: number, sentence: RegExp][] = [
      [
        'an unknown class, with the nearest names',
        () => [join(photos, 'cat.jpg'), '--classes', 'taby'],
        1,
        /^weldon: .*"?taby"?.*tabby/m,
      ],
      [
        'a model folder that is not there',
        (at) => [join(photos, 'cat.jpg'), '--model', join(at, 'nowhere')],
        1,
        /^weldon: Cannot read the model .*nowhere: there is no such file/m,
      ],
      [
        'a model.json that is not JSON',
        (at) => {
          writeFileSync(join(at, 'model.json'), '{ not json');
          return [join(photos, 'cat.jpg'), '--model', at];
        },
        1,
        /^weldon: Expected .*model\.json to be the model\.json of a TensorFlow\.js model but it is not JSON/m,
      ],
      [
        'an output folder that is a file',
        (at) => {
          writeFileSync(join(at, 'taken'), '');
          return [join(photos, 'cat.jpg'), '--out', join(at, 'taken')];
        },
        1,
        /^weldon: Expected .*taken to be a folder to write into but received a file of that name/m,
      ],
      [
        'an absurd count',
        () => ['x.jpg', '--kmax', '-3'],
        2,
        /^weldon: .*--kmax.*'-3' is invalid\. Expected a number of regions/m,
      ],
      [
        'counts that are both 0',
        () => ['x.jpg', '--kmax', '0'],
        1,
        /^weldon: Expected kMax and kMin for heat maps to be not both 0/m,
      ],
      ['an unknown format', () => ['x.jpg', '--format', 'bmp'], 2, /Expected some of png, json, npy, html/],
      [
        'an unknown backend',
        () => ['x.jpg', '--backend', 'cuda'],
        2,
        /Allowed choices are auto, tensorflow, webgpu, onnx, wasm, cpu/,
      ],
      [
        'an unknown option',
        () => ['x.jpg', '--clases', 'cat'],
        2,
        /unknown option '--clases'\n\(Did you mean --classes\?\)/,
      ],
      ['no images', () => [], 2, /missing required argument 'images'/],
      [
        'a size too small for the network',
        () => [join(photos, 'cat.jpg'), '--size', '0'],
        2,
        /--size.*Expected a whole number from 1 to 8000/,
      ],
    ];
    for (const [title, args, code, sentence] of refusals) {
      it(`refuses ${title}`, () => {
        const out = ['--out', join(folder, 'out')];
        const given = args(folder);
        const run = weldon([
          'heatmap',
          ...(given.includes('--out') || given.length === 0 ? given : [...given, ...out]),
        ]);
        expect(run.stderr).to.match(sentence);
        expect(run.stderr).to.not.match(/\n\s+at /);
        expect(run.code).to.equal(code);
        expect(existsSync(join(folder, 'out'))).to.equal(false);
      });
    }

    it('refuses a model without class maps and a page without recipe in a sentence', () => {
      // One dense layer on a flat vector: nothing spatial anywhere.
      writeFileSync(
        join(folder, 'model.json'),
        JSON.stringify({
          format: 'layers-model',
          generatedBy: 'test',
          convertedBy: null,
          modelTopology: {
            class_name: 'Sequential',
            config: {
              name: 'flat',
              layers: [
                {
                  class_name: 'Dense',
                  config: { name: 'd', units: 2, use_bias: false, batch_input_shape: [null, 3], dtype: 'float32' },
                },
              ],
            },
          },
          weightsManifest: [
            { paths: ['weights.bin'], weights: [{ name: 'd/kernel', shape: [3, 2], dtype: 'float32' }] },
          ],
        }),
      );
      writeFileSync(join(folder, 'weights.bin'), Buffer.alloc(24));
      const run = weldon(['heatmap', join(photos, 'cat.jpg'), '--model', folder, '--out', join(folder, 'out')]);
      expect(run.code).to.equal(1);
      expect(run.stderr).to.match(/^weldon: Expected .*flat/m);
      writeFileSync(join(folder, 'weights.bin'), Buffer.alloc(20));
      const cut = weldon(['heatmap', join(photos, 'cat.jpg'), '--model', folder, '--out', join(folder, 'out')]);
      expect(cut.stderr).to.match(
        /^weldon: Expected the weights beside .* to be 24 bytes but they are 20: a file is cut off/m,
      );
    });

    it('Ctrl-C finishes the image in hand, leaves whole files, and exits with 130', async () => {
      for (let i = 0; i < 40; i++) {
        cpSync(join(photos, 'cat.jpg'), join(folder, `${i}.jpg`));
      }
      const out = join(folder, 'out');
      const child = spawn(process.execPath, [main, 'heatmap', folder, '--out', out, '--format', 'png,html', '--json'], {
        cwd: root,
      });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const before = stdout.split('\n').length;
        stdout += chunk.toString();
        // Several lines may come at once.
        if (before < 3 && stdout.split('\n').length >= 3) {
          child.kill('SIGINT');
        }
      });
      const code = await new Promise<number | null>((resolve) => {
        child.on('exit', resolve);
      });
      expect(code).to.equal(130);
      const lines = jsonLines(stdout);
      expect(lines.at(-1)).to.have.nested.property('summary.interrupted', true);
      const pictures = readdirSync(out).filter((name) => name.endsWith('.png'));
      expect(pictures.length)
        .to.equal(lines.length - 1)
        .and.be.lessThan(40);
      for (const name of pictures) {
        expect((await sharp(join(out, name)).stats()).channels).to.have.length.greaterThan(2);
      }
      expect(readdirSync(out).filter((name) => name.startsWith('.'))).to.deep.equal(['.weldon-files.jsonl']);
      expect(readFileSync(join(out, 'index.html'), 'utf8')).to.contain('</html>');
    });

    it('Ctrl-C twice ends it at once with 130, while ONNX Runtime computes', async () => {
      for (let i = 0; i < 40; i++) {
        cpSync(join(photos, 'cat.jpg'), join(folder, `${i}.jpg`));
      }
      const out = join(folder, 'out');
      const args = [
        'heatmap',
        folder,
        '--out',
        out,
        '--format',
        'json',
        '--size',
        '640',
        '--backend',
        'onnx',
        '--json',
      ];
      const child = spawn(process.execPath, [main, ...args], { cwd: root });
      let stderr = '';
      let isToldOnce = false;
      child.stdout.once('data', () => child.kill('SIGINT'));
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
        if (!isToldOnce && stderr.includes('press Ctrl-C again')) {
          isToldOnce = true;
          child.kill('SIGINT');
        }
      });
      const ended = await new Promise((resolve) => {
        child.on('exit', (code, signal) => resolve({ code, signal }));
      });
      expect(ended, stderr).to.deep.equal({ code: 130, signal: null });
      expect(stderr).to.not.match(/abort|terminate|fatal/i);
      expect(readdirSync(out).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    });
  });

  describe('info', () => {
    it('names the chosen backend, why, and versions', () => {
      const { code, stdout } = weldon(['info', '--json']);
      expect(code).to.equal(0);
      const info = JSON.parse(stdout) as {
        chosen: { backend: string; reason: string };
        versions: Record<string, string>;
        backends: { backend: string }[];
      };
      expect(info.backends.map(({ backend }) => backend)).to.deep.equal([
        'tensorflow',
        'webgpu',
        'onnx',
        'wasm',
        'cpu',
      ]);
      expect(info.versions['@tensorflow/tfjs-core']).to.equal('4.22.0');
      expect(info.chosen.reason).to.not.equal('');
    });
  });

  describe('usage', () => {
    it('prints help with 0, and help with 2 when nothing is asked', () => {
      expect(weldon(['--help']))
        .to.include({ code: 0 })
        .and.have.property('stdout')
        .that.contains('heatmap')
        .and.contains('info');
      expect(weldon([]).code).to.equal(2);
      expect(weldon(['heatmap', '--help']).stdout)
        .to.contain('--kmax')
        .and.contain('Examples:');
      expect(weldon(['paint']).stderr).to.contain("unknown command 'paint'");
    });
  });
});
