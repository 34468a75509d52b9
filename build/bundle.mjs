/**
 * What follows the compiler: shaders in fewer characters, and the script-tag build: one file, global `weldon`, TensorFlow.js
 * taken from the page's own `tf`.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { smallerRoom } from './shaders.mjs';

const root = new URL('..', import.meta.url).pathname;

/**
 * The color schemes and color spaces of d3 are made by calls when their file is loaded, and a bundler keeps calls. These
 * do nothing else, so those that nobody uses may go: 14 kB.
 */
const unusedColors = {
  name: 'unused-colors',
  setup({ onLoad }) {
    const made = /^(var [\w$]+ = |define\((?:Lab|Hcl|Cubehelix), \w+, )(?=(?:new )?[\w$.]+\()/gm;
    onLoad({ filter: /d3-(scale-chromatic|interpolate|color)\.mjs$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace(made, '$1/* @__PURE__ */ ')
        .replace(/^(?=define\((?:Lab|Hcl|Cubehelix),)/gm, '/* @__PURE__ */ '),
    }));
  },
};

for (const room of ['webgl', 'webgpu']) {
  smallerRoom(`${root}dist/kernels/${room}`).forEach((text, path) => writeFileSync(path, text));
}

await build({
  entryPoints: [`${root}dist/src/index.js`],
  outfile: `${root}dist/tfjs-weldon.min.js`,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: 'iife',
  globalName: 'weldon',
  platform: 'browser',
  target: 'es2022',
  alias: {
    '@tensorflow/tfjs-core': `${root}build/tf-global.cjs`,
    '@tensorflow/tfjs-layers': `${root}build/tf-global.cjs`,
  },
  plugins: [unusedColors],
  logLevel: 'warning',
  // TensorFlow.js is imported for its effects too, which the page's own copy has had already.
  logOverride: { 'ignored-bare-import': 'silent' },
});

chmodSync(`${root}dist/src/commands/main.js`, 0o755);
