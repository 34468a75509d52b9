/**
 * The documentation's site: static files, a search that runs in the reader's browser, and nothing from other hosts.
 * `npm run docs` writes the API reference from the docstrings, then builds everything into docs/.vitepress/dist.
 */
import { defineConfig } from 'vitepress';

const guide = [
  {
    text: 'Begin',
    items: [
      { text: 'Start here', link: '/start' },
      { text: 'The layer', link: '/layer' },
      { text: 'Heat maps in a web app', link: '/web-app' },
    ],
  },
  {
    text: 'Models and training',
    items: [
      { text: 'Training', link: '/training' },
      { text: 'Bags of tiles', link: '/bags' },
      { text: 'Your own backbone', link: '/own-backbone' },
      { text: 'ONNX and the engine', link: '/onnx' },
    ],
  },
  {
    text: 'What people build on it',
    items: [
      { text: 'Search', link: '/search' },
      { text: 'Tags and themes', link: '/tags' },
      { text: 'Scale-out', link: '/scale-out' },
    ],
  },
  {
    text: 'Look it up',
    items: [
      { text: 'Coming from Grad-CAM', link: '/grad-cam' },
      { text: 'Questions by error text', link: '/errors' },
      { text: 'What was measured', link: '/measured' },
      { text: 'API reference', link: '/api/' },
    ],
  },
];

const reference = [
  'tfjs-weldon',
  'tfjs-weldon/node',
  'tfjs-weldon/search',
  'tfjs-weldon/tagging',
  'tfjs-weldon/onnx',
].map((name) => ({ text: name, link: `/api/${name}` }));

export default defineConfig({
  lang: 'en',
  title: 'tfjs-weldon',
  description: 'Class heat maps from image labels alone, for TensorFlow.js.',
  // Where the site does not stand at the root of its host: DOCS_BASE=/tfjs-weldon/ npm run docs
  base: process.env.DOCS_BASE ?? '/',
  srcExclude: ['examples/**'],
  // The search's index and the page of the main module are large, and loaded when they are asked for.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  themeConfig: {
    nav: [
      { text: 'Start here', link: '/start' },
      { text: 'API reference', link: '/api/' },
    ],
    sidebar: { '/': guide, '/api/': [...guide, { text: 'Modules', items: reference }] },
    outline: { level: [2, 3] },
    search: { provider: 'local' },
  },
});
