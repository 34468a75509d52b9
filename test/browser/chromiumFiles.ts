/**
 * A Chromium from npm alone: `@sparticuz/chromium` carries a headless build, the system libraries it needs and
 * SwiftShader, a GPU in software that also serves Dawn in Node. Nothing is installed on the machine.
 */
import chromium from '@sparticuz/chromium';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface ChromiumFiles {
  /** the browser's program file */
  executable: string;
  /** value for LD_LIBRARY_PATH of whatever uses these files */
  libraryPath: string;
  /** SwiftShader's Vulkan driver, a value for VK_DRIVER_FILES */
  vulkanDriver: string;
}

/** The package's version; its entry point is two folders below its package.json. */
function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const manifest = readFileSync(join(dirname(entry), '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/**
 * Unpacks everything into `folder`. The package unpacks into the temporary folder and takes what lies there
 * for its own, whatever version left it; and it brings its libraries only where it believes to be on Amazon Linux.
 */
async function unpackInto(folder: string): Promise<void> {
  const { TMPDIR, AWS_EXECUTION_ENV } = process.env;
  process.env.TMPDIR = folder;
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs20.x';
  try {
    await chromium.executablePath();
  } finally {
    restore('TMPDIR', TMPDIR);
    restore('AWS_EXECUTION_ENV', AWS_EXECUTION_ENV);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) {
    delete process.env[name];
  } else {
    process.env[name] = value;
  }
}

/** The files, unpacked once per version and shared by all runs on a machine. */
export async function chromiumFiles(): Promise<ChromiumFiles> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error("npm's @sparticuz/chromium runs on Linux x64 only");
  }
  const root = join(tmpdir(), 'tfjs-weldon-chromium');
  const folder = join(root, packageVersion());
  if (!existsSync(folder)) {
    mkdirSync(root, { recursive: true });
    const unfinished = mkdtempSync(join(root, 'unpacking-'));
    try {
      await unpackInto(unfinished);
      renameSync(unfinished, folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      // Another run may have finished first.
      if (!existsSync(folder)) {
        throw error;
      }
    }
  }
  return {
    executable: join(folder, 'chromium'),
    libraryPath: [folder, join(folder, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    vulkanDriver: join(folder, 'vk_swiftshader_icd.json'),
  };
}
