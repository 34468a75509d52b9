import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // so that the built page works in any folder
  build: {
    target: 'es2022', // modules may wait with `await`
    modulePreload: { polyfill: false }, // browsers of that age need none
  },
});
