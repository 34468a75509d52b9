import { readFileSync } from 'node:fs';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The floors of the house, lowest first. A room imports from floors below its own and from its neighbours on the same
 * floor, never from a floor above; ARCHITECTURE.md draws it. test/architecture.test.ts reads the same list and counts
 * type imports, circles and sizes, too.
 */
const floors = JSON.parse(readFileSync(new URL('build/floors.json', import.meta.url), 'utf8'));
const zones = floors.flatMap((rooms, floor) =>
  rooms.flatMap((room) =>
    floors
      .slice(floor + 1)
      .flatMap((above) =>
        above.map((from) => ({
          target: `./${room}`,
          from: `./${from}`,
          message: `${room} must not import from ${from}: imports point downwards.`,
        })),
      ),
  ),
);
// What one looks at takes what a user would: the two faces.
zones.push({
  target: './demos/mit67',
  from: './src',
  except: ['./index.ts', './index.node.ts'],
  message: 'demos/mit67 imports src/index.ts and src/index.node.ts, and nothing behind them.',
});

const publicTensorFlow = {
  group: ['@tensorflow/*/dist/*'],
  message: 'Only public entry points of TensorFlow.js: deep imports fail in Node.',
};
const nodeMessage = 'Only src/node and src/commands may use Node.';
const nodePackages = [
  ...['sharp', 'canvas', 'commander', 'cli-progress', 'csv-parse', 'csv-parse/sync', 'zod', 'piscina', 'p-map'],
  ...['file-type', '@lancedb/lancedb', 'apache-arrow', 'pg', 'fastify', '@fastify/multipart', '@fastify/static'],
].map((name) => ({ name, message: nodeMessage }));

const behindTheFaces = {
  group: ['**/src/*/**', '!**/src/*/index.js', '**/src/errors.js', '**/src/random.js', '**/kernels/**'],
  message:
    'Demos take what the faces export (src/index.ts, src/index.node.ts, src/tagging/index.ts …), and nothing behind.',
};

export default tseslint.config(
  { ignores: ['**/dist/**', 'node_modules/**', '**/assembly/**', '**/.cache/**', '**/*.cjs'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.cts', '**/*.mjs'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-imports': ['error', { patterns: [publicTensorFlow] }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.cts'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['src/**/*.ts', 'kernels/**/*.ts'],
    ignores: ['src/node/**', 'src/commands/**', 'src/index.node.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: nodePackages, patterns: [{ group: ['node:*'], message: nodeMessage }, publicTensorFlow] },
      ],
    },
  },
  {
    files: ['demos/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [behindTheFaces, publicTensorFlow] }] },
  },
);
