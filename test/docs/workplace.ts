/** A folder as a reader of the documentation would have it: the package installed, some images of their own. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { smallClassFolders } from '../src/node/smallImages.js';
import { root } from './codeBlocks.js';
import { bringModels } from './modelsOfOthers.js';

export interface Workplace {
  folder: string;
  /** {@link runIn} this folder. */
  run(command: string, args: readonly string[]): Promise<string>;
  remove(): void;
}

/** What is installed there: the checkout under the package's name, and all that it has installed itself. */
export function installInto(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  readdirSync(join(root, 'node_modules'))
    .filter((name) => !name.startsWith('.') && name !== 'tfjs-weldon')
    .forEach((name) => symlinkSync(join(root, 'node_modules', name), join(modules, name)));
  symlinkSync(root, join(modules, 'tfjs-weldon'));
  symlinkSync(join(root, 'dist/src/commands/main.js'), join(modules, '.bin/weldon'));
  // npx of a command that is installed runs it, after half a second of looking around.
  writeFileSync(join(modules, '.bin/npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
}

/** Runs a program in a folder, whose own commands come first; gives what it printed. */
export function runIn(folder: string, command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, told] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (told += bytes.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`ended with ${code}\n${output.slice(-2000)}\n${told.slice(-4000)}`)),
    );
  });
}

/**
 * `photos/` and `more-photos/` with a folder per class, `holiday/` with images of no class, and a few images beside
 * these, models as others bring them: the names that the pages use.
 */
export async function makeWorkplace(): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'weldon-docs-'));
  installInto(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'mine', private: true, type: 'module' }));
  const demo = (name: string) => join(root, 'demos/photos', name);
  mkdirSync(join(folder, 'holiday'));
  for (const name of ['pagoda.jpg', 'cat.jpg']) {
    cpSync(demo(name), join(folder, 'holiday', name));
    cpSync(demo(name), join(folder, name));
  }
  cpSync(demo('coffee.jpg'), join(folder, 'room.jpg'));
  await smallClassFolders(join(folder, 'photos'), 5);
  await smallClassFolders(join(folder, 'more-photos'), 2, 100);
  await bringModels(folder);
  symlinkSync(join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist'), join(folder, 'wasm'));
  return {
    folder,
    run: (command, args) => runIn(folder, command, args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Whether lines were printed, in this order; others may stand between them.
 *
 * @returns the first that was not, or `null`
 */
export function firstMissing(expected: readonly string[], output: string): string | null {
  const lines = output.split('\n').map((line) => line.trim());
  let from = 0;
  for (const line of expected) {
    const at = lines.indexOf(line, from);
    if (at === -1) {
      return line;
    }
    from = at + 1;
  }
  return null;
}
