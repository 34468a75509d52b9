/** The package as a user gets it: packed, installed into an empty project, used in every way a program can load it. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Context } from 'node:vm';
import { createContext, runInContext } from 'node:vm';
import { expect } from 'chai';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { colorMapNames, colorizeMap } from '../../src/index.js';
import { smallClassFolders } from '../src/node/smallImages.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The same smoke everywhere: 9 is the highest, 1 the lowest, and the layer agrees with the op. */
const smoke = `
  const maps = tf.tensor4d([9, 1, 5, 7], [1, 2, 2, 1]);
  const viaLayer = weldon.weldonPooling2d({ kMax: 1 }).apply(maps);
  const result = weldon.weldonPool(maps, { kMax: 1 }).dataSync()[0] + ' ' + viaLayer.dataSync()[0];
`;

/** The globals that a page has, as far as TensorFlow.js asks for them. */
function browserLike(): Context & { done?: Promise<string> } {
  const globals: Record<string, unknown> = {
    console,
    setTimeout,
    clearTimeout,
    performance,
    TextEncoder,
    TextDecoder,
    URL,
    fetch,
    document: {},
    navigator: {},
  };
  globals.window = globals;
  globals.self = globals;
  return createContext(globals);
}

describe('the packed package', function () {
  let project: string;
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const node = (file: string, text: string) => {
    writeFileSync(join(project, file), text);
    return run(process.execPath, file).trim();
  };

  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'weldon-pack-'));
    execFileSync('npm', ['pack', '--pack-destination', project], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, version: '1.0.0' }));
    await smallClassFolders(join(project, 'images'), 8);
    const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'))!;
    run(
      'npm',
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      `./${tarball}`,
      '@tensorflow/tfjs-backend-cpu@4.22.0',
      '@tensorflow/tfjs-backend-wasm@4.22.0',
    );
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it('holds what a user needs and nothing else', () => {
    const installed = join(project, 'node_modules', 'tfjs-weldon');
    const names = readdirSync(installed);
    expect(names).to.include.members(['dist', 'models', 'README.md', 'LICENSE', 'NOTICE', 'package.json']);
    expect(names).to.not.include.members(['test', 'src', 'bench', 'scripts']);
    expect(statSync(join(installed, 'models/efficientnet-lite0/model.json')).size).to.be.greaterThan(10000);
    expect(
      readdirSync(join(installed, 'demos'), { recursive: true }).filter(
        (name) => !/(json|README.md)$/.test(String(name)),
      ),
    ).to.have.members([
      'heatmap',
      'mit67',
      'mit67/recipes',
      'photos',
      'search',
      'travel',
      'wide-resnets',
      'wide-resnets/recipes',
    ]);
  });

  it('names the licence of libvips, which npm installs beside it', () => {
    expect(readFileSync(join(project, 'node_modules/tfjs-weldon/NOTICE'), 'utf8')).to.match(/libvips.*LGPL-3\.0/s);
  });

  it('has no link that leads nowhere', () => {
    const installed = join(project, 'node_modules', 'tfjs-weldon');
    const { homepage } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { homepage: string };
    const repository = `${homepage.replace(/#.*/, '')}/blob/main/`;
    const pages = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
        .map(([, target]) => target)
        .filter((target) => {
          if (target.startsWith(repository)) {
            return !existsSync(join(root, target.slice(repository.length)));
          }
          return !/^(https?|mailto):/.test(target) && !existsSync(join(installed, dirname(page), target));
        })
        .map((target) => `${page}: ${target}`),
    );
    expect(broken, 'add the file to "files" of package.json, or link to it on the homepage').to.deep.equal([]);
  });

  it('has no source map without its sources', () => {
    const installed = join(project, 'node_modules', 'tfjs-weldon', 'dist');
    const maps = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.map'));
    expect(maps).to.deep.equal(['tfjs-weldon.min.js.map']);
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(installed, maps[0]), 'utf8')) as {
      sources: string[];
      sourcesContent: (string | null)[];
    };
    expect(sourcesContent.filter((text) => text !== null)).to.have.length(sources.length);
    expect(readFileSync(join(installed, 'src/index.js'), 'utf8')).to.not.contain('sourceMappingURL');
  });

  it("runs the README's first program with the README's first install line", () => {
    const readme = readFileSync(join(project, 'node_modules/tfjs-weldon/README.md'), 'utf8');
    const [, install] = /```sh\nnpm install ([^\n]*)\n/.exec(readme)!;
    const [, program] = /```(?:js|ts)[^\n]*\n([^]*?)```/.exec(readme)!;
    const imported = [...program.matchAll(/(?:from|import) '([^']*)'/g)].map(([, name]) => name);
    const installed = install.split(' ').map((name) => name.replace(/(?<=.)@[\d.]+$/, ''));
    expect(installed).to.include.members(imported);
    expect(node('readme.mjs', program)).to.match(/Tensor\s+\[\d+\]/);
  });

  it("passes are-the-types-wrong: ES modules, bundlers, and Node's require", () => {
    const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'))!;
    const attw = fileURLToPath(new URL('../../node_modules/@arethetypeswrong/cli/dist/index.js', import.meta.url));
    const flags = [
      // Resolution before Node 16 knows no "exports"; this package wants Node 20.
      ...['--profile', 'node16'],
      // The rule warns that require() cannot load ES modules; since Node 20.19 and 22.12 it can (tested below).
      ...['--ignore-rules', 'cjs-resolves-to-esm'],
      // A script that defines a global, for a script tag: nobody imports it.
      ...['--exclude-entrypoints', 'tfjs-weldon.min.js'],
      '--no-emoji',
    ];
    // It exits with 1 where it finds anything else, with what it found in the output.
    expect(run(process.execPath, attw, tarball, ...flags)).to.contain('tfjs-weldon/node-compat');
  });

  it('passes publint', async () => {
    const pkgDir = join(project, 'node_modules', 'tfjs-weldon');
    const { messages, pkg } = await publint({ pkgDir, level: 'suggestion', strict: true, pack: false });
    // The field takes one inner file out of browser bundles, which conditions of "exports" cannot do.
    const others = messages.filter(({ code }) => code !== 'USE_EXPORTS_OR_IMPORTS_BROWSER');
    expect(others.map((message) => formatMessage(message, pkg!))).to.deep.equal([]);
  });

  it('is imported from Node ESM', () => {
    expect(
      node(
        'esm.mjs',
        `
      import '@tensorflow/tfjs-backend-cpu';
      import * as tf from '@tensorflow/tfjs-core';
      import * as weldon from 'tfjs-weldon';
      tf.enableProdMode();
      await tf.setBackend('cpu'); ${smoke} console.log(result);`,
      ),
    ).to.equal('10 10');
  });

  it('is required from CommonJS where Node can require ES modules', function () {
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12)) {
      this.skip();
    }
    expect(
      node(
        'common.cjs',
        `
      require('@tensorflow/tfjs-backend-cpu');
      const tf = require('@tensorflow/tfjs-core');
      const weldon = require('tfjs-weldon');
      tf.enableProdMode();
      tf.setBackend('cpu').then(() => { ${smoke} console.log(result); });`,
      ),
    ).to.equal('10 10');
  });

  it('is bundled for browsers without reaching Node, and its layers survive tree shaking', async () => {
    writeFileSync(
      join(project, 'page.js'),
      `
      import '@tensorflow/tfjs-backend-cpu';
      import * as tf from '@tensorflow/tfjs-core';
      import { weldonPool } from 'tfjs-weldon';
      tf.enableProdMode();
      globalThis.done = tf.setBackend('cpu').then(() => {
        const layer = tf.serialization.SerializationMap.getMap().classNameMap.WeldonPooling2D;
        return weldonPool(tf.tensor3d([4, 1], [1, 2, 1]), { kMax: 1 }).dataSync()[0] + ' ' + (layer !== undefined);
      });`,
    );
    // platform 'browser' makes any import of a Node module an error.
    const { outputFiles } = await build({
      absWorkingDir: project,
      entryPoints: ['page.js'],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      logLevel: 'silent',
    });
    const page = browserLike();
    runInContext(outputFiles[0].text, page);
    expect(await page.done).to.equal('5 true');
  });

  it("works from a script tag, with the page's own tf", async () => {
    const { outputFiles } = await build({
      absWorkingDir: project,
      write: false,
      bundle: true,
      format: 'iife',
      platform: 'browser',
      globalName: 'tf',
      logLevel: 'silent',
      stdin: {
        resolveDir: project,
        contents: `
        export * from '@tensorflow/tfjs-core'; export * from '@tensorflow/tfjs-layers'; import '@tensorflow/tfjs-backend-cpu';`,
      },
    });
    const page = browserLike();
    runInContext(outputFiles[0].text, page);
    runInContext(readFileSync(join(project, 'node_modules/tfjs-weldon/dist/tfjs-weldon.min.js'), 'utf8'), page);
    expect(
      await (runInContext(
        `tf.enableProdMode(); tf.setBackend('cpu').then(() => { ${smoke} return result; })`,
        page,
      ) as Promise<string>),
    ).to.equal('10 10');
    // d3's schemes that nobody uses are left out of the bundle; those in use must give the same colors.
    const bundled = runInContext(
      `JSON.stringify(weldon.colorMapNames.map((colors) => [...weldon.colorizeMap(
        { data: Float32Array.from([-1, -0.4, 0, 0.3, 1]), rows: 1, columns: 5 }, { colors }).data]))`,
      page,
    ) as string;
    const map = { data: Float32Array.from([-1, -0.4, 0, 0.3, 1]), rows: 1, columns: 5 };
    expect(JSON.parse(bundled)).to.deep.equal(colorMapNames.map((colors) => [...colorizeMap(map, { colors }).data]));
  });

  it('names a second copy of TensorFlow.js, and finds nothing wrong with a single one', () => {
    const layers = 'node_modules/@tensorflow/tfjs-layers';
    cpSync(join(project, layers), join(project, 'second', layers), { recursive: true });
    const program = (folder: string) => `
      import '@tensorflow/tfjs-backend-cpu';
      import { createRequire } from 'node:module';
      import { attachWeldon, weldonPooling2d } from 'tfjs-weldon';
      const { sequential, layers } = createRequire(import.meta.url)('./${folder}');
      const model = sequential();
      model.add(layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 3] }));
      for (const use of [() => attachWeldon(model, { classes: 2 }), () => model.add(weldonPooling2d())]) {
        try { use(); console.log('fine'); } catch (error) { console.log(error.name, /npm ls/.test(error.message)); }
      }`;
    expect(node('single.mjs', program(layers))).to.equal('fine\nfine');
    expect(node('double.mjs', program(`second/${layers}`))).to.equal('WeldonError true\nWeldonError true');
  });

  it('says in a sentence that a script tag stands before that of TensorFlow.js', () => {
    const page = browserLike();
    const script = readFileSync(join(project, 'node_modules/tfjs-weldon/dist/tfjs-weldon.min.js'), 'utf8');
    expect(() => runInContext(script, page) as unknown).to.throw('wants TensorFlow.js before it');
  });

  it('has a script bundle of 350 kB at most', () => {
    expect(statSync(join(project, 'node_modules/tfjs-weldon/dist/tfjs-weldon.min.js')).size).to.be.at.most(350_000);
  });

  it('adds 25 kB at most to a page that imports one pooling layer, compressed and without TensorFlow.js', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { weldonPooling2d } from 'tfjs-weldon'; console.log(weldonPooling2d);`,
        resolveDir: project,
      },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      external: ['@tensorflow/*'],
      write: false,
    });
    expect(gzipSync(outputFiles[0].contents, { level: 9 }).length).to.be.at.most(25_000);
  });

  it('has types that a strict TypeScript program compiles against', () => {
    writeFileSync(
      join(project, 'program.ts'),
      `
      import * as tf from '@tensorflow/tfjs-core';
      import { weldonPool, weldonPooling2d, type WeldonPoolOptions } from 'tfjs-weldon';
      import { startRuntime } from 'tfjs-weldon/node';
      const options: WeldonPoolOptions = { kMax: 0.2, reduction: 'halfMean' };
      const scores: tf.Tensor2D = weldonPool(tf.zeros([1, 2, 2, 3]), options);
      export const layer = weldonPooling2d({ ...options, name: 'pooling' });
      export const started: Promise<{ backend: string }> = startRuntime({ backend: 'cpu' });
      // @ts-expect-error a reduction that does not exist
      export const wrong: WeldonPoolOptions = { reduction: 'max' };
      export { scores };`,
    );
    const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
    run(
      process.execPath,
      compiler,
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--lib',
      'es2022,dom',
      'program.ts',
    );
  });

  it('gives its subpaths by name: Node, the repair of tfjs-node, the weights', () => {
    expect(
      node(
        'subpaths.mjs',
        `
      import { readFileSync } from 'node:fs';
      import { createRequire } from 'node:module';
      import 'tfjs-weldon/node-compat';
      import { trainModel } from 'tfjs-weldon/node';
      import { exportOnnx } from 'tfjs-weldon/onnx';
      const model = createRequire(import.meta.url).resolve('tfjs-weldon/models/efficientnet-lite0/model.json');
      console.log(typeof trainModel, typeof exportOnnx, JSON.parse(readFileSync(model, 'utf8')).format);`,
      ),
    ).to.equal('function function layers-model');
  });

  it('brings the weldon command', () => {
    expect(run('npx', 'weldon', '--version').trim()).to.equal(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    );
    expect(run('npx', 'weldon', 'heatmap', '--help'))
      .to.contain('--classes')
      .and.contain('--kmax');
    // Its default recipe is in the package.
    expect(run('npx', 'weldon', 'experiment', '--data', 'images', '--dry-run', '--backend', 'wasm')).to.contain(
      'In all about',
    );
  });
});
