/** The built command as it is installed, in processes of its own; what runs on threads cannot run from sources. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export const commandFile = join(root, 'dist/src/commands/main.js');

export interface CommandRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

let built = false;

/** Builds the package, once for all tests of one run. */
export function buildCommand(): void {
  if (!built) {
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    built = true;
  }
}

/** Runs `weldon` to its end, from the project's folder or another. */
export function weldon(args: readonly string[], folder = root): CommandRun {
  const { status, stdout, stderr } = spawnSync(process.execPath, [commandFile, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

/** The lines that `--json` prints. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
