/** tfjs-node-gpu as `npm run setup:native` lays it out, apart from the project's own packages. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../.cache/native/', import.meta.url));

/** What to tell whoever finds these tests skipped. */
export const nativeMissing = 'TensorFlow is not set up: run npm run setup:native';

/** @throws where the backend is not set up; the message says what to do */
export function expectNative(): void {
  if (!existsSync(`${root}node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node`)) {
    throw new Error(nativeMissing);
  }
}

/** Registers the backend `tensorflow` with the project's tfjs-core and makes it the active one. */
export function loadNative(): void {
  expectNative();
  createRequire(`${root}package.json`)('@tensorflow/tfjs-node-gpu');
}

/** The program of another Node version, which `npm run setup:native` fetches too. */
export function nodeProgram(major: 22 | 24): string {
  return `${root}node_modules/node-${major}/bin/node`;
}

/** The environment of a process that loads the backend: no start-up messages. */
export const nativeEnvironment: NodeJS.ProcessEnv = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
