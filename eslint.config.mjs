import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Imports point one way:
 * node, demos → training, heatmaps, metrics → models, backbones → layers → pooling → kernels.
 * Each room lists the rooms it must not reach into.
 */
const rooms = {
  kernels: [
    'src/pooling',
    'src/layers',
    'src/models',
    'src/backbones',
    'src/heatmaps',
    'src/training',
    'src/metrics',
    'src/node',
    'demos',
  ],
  'src/pooling': [
    'src/layers',
    'src/models',
    'src/backbones',
    'src/heatmaps',
    'src/training',
    'src/metrics',
    'src/node',
    'demos',
  ],
  'src/layers': ['src/models', 'src/backbones', 'src/heatmaps', 'src/training', 'src/metrics', 'src/node', 'demos'],
  'src/models': ['src/heatmaps', 'src/training', 'src/metrics', 'src/node', 'demos'],
  'src/backbones': ['src/heatmaps', 'src/training', 'src/metrics', 'src/node', 'demos'],
  'src/heatmaps': ['src/node', 'demos'],
  'src/training': ['src/node', 'demos'],
  'src/metrics': ['src/node', 'demos'],
  'src/node': ['demos'],
};
const zones = Object.entries(rooms).flatMap(([target, forbidden]) =>
  forbidden.map((from) => ({
    target: `./${target}`,
    from: `./${from}`,
    message: `${target} must not import from ${from}: imports point towards kernels.`,
  })),
);

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
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@tensorflow/*/dist/*'],
              message: 'Only public entry points of TensorFlow.js: deep imports fail in Node.',
            },
          ],
        },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.cts'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['src/**/*.ts', 'kernels/**/*.ts'],
    ignores: ['src/node/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'sharp', 'canvas', 'commander', 'cli-progress'],
              message: 'Only src/node may use Node.',
            },
            {
              group: ['@tensorflow/*/dist/*'],
              message: 'Only public entry points of TensorFlow.js: deep imports fail in Node.',
            },
          ],
        },
      ],
    },
  },
);
