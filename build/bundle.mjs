/** The script-tag build: one file, global `weldon`, TensorFlow.js taken from the page's own `tf`. */
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

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
  logLevel: 'warning',
  // TensorFlow.js is imported for its effects too, which the page's own copy has had already.
  logOverride: { 'ignored-bare-import': 'silent' },
});

chmodSync(`${root}dist/src/commands/main.js`, 0o755);
