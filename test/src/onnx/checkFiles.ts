/** The checker of the Python package `onnx`, where it is installed: `npm run setup:onnx`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../../../.cache/onnx-checker/bin/python3', import.meta.url));

/** A Python that has the package, or `null`. */
export const checkingPython =
  [own, 'python3'].find(
    (python) => (python !== own || existsSync(own)) && spawnSync(python, ['-c', 'import onnx']).status === 0,
  ) ?? null;

const program = `
import sys, onnx
for name in sys.argv[1:]:
    try:
        onnx.checker.check_model(name, full_check=True)
    except Exception as error:
        print(name.split('/')[-1] + ': ' + str(error).replace('\\n', ' '))
`;

/**
 * What the checker has against files: shapes and types are inferred and held against what the files say.
 *
 * @returns a line for each file that it refuses; none where it is not installed
 */
export async function checkFiles(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Promise<string[]> {
  if (checkingPython === null) {
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-weldon-onnx-'));
  try {
    const paths = files.map(([name, bytes], i) => {
      const path = join(folder, `${i}-${name.replace(/[^\w-]+/g, '_')}.onnx`);
      writeFileSync(path, bytes);
      return path;
    });
    const { status, stdout, stderr } = spawnSync(checkingPython, ['-c', program, ...paths], { encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(stderr);
    }
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
