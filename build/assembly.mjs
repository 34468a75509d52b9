/**
 * Compiles every AssemblyScript entry `kernels/ROOM/assembly/NAME.ts` and writes the bytes, as text, to
 * `kernels/ROOM/generated/NAMEBinary.ts`. Files in folders below `assembly/` are parts that entries import.
 *
 *   node build/assembly.mjs            build what changed on disk
 *   node build/assembly.mjs --check    write nothing, exit 1 if a committed file is not what would be written
 *
 * Two binaries per module are stored, scalar and SIMD. The builds for shared memory are not: they differ
 * from the plain ones in nothing but the memory import, which the loader swaps (see memoryImport.ts there).
 * This script compiles them all the same and fails if that ever stops being true.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

/** Chrome before 115 compiles no more than this synchronously on the page's own thread. */
const largestModule = 4096;

/** WebAssembly section ids that must not appear: the module lives in another program's memory. */
const forbiddenSections = new Map([
  [4, 'a table'],
  [5, 'a memory of its own'],
  [8, 'a start function'],
  [9, 'table elements'],
  [11, 'data'],
]);

/** Byte for byte, the import section `(import "env" "memory" (memory 0))`, plain and shared. */
const name = [3, ...Buffer.from('env'), 6, ...Buffer.from('memory')];
const plainImport = Buffer.from([2, 15, 1, ...name, 2, 0, 0]);
const sharedImport = Buffer.from([2, 18, 1, ...name, 2, 3, 0, 0x80, 0x80, 4]);

function entries(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) {
        return [];
      }
      return entry.name === 'assembly'
        ? readdirSync(path)
            .filter((file) => file.endsWith('.ts'))
            .map((file) => join(path, file))
        : entries(path);
    })
    .sort();
}

async function compile(entry, { simd, shared }) {
  const path = relative(root, entry);
  let bytes;
  const { error, stderr } = await asc.main(
    [
      path,
      '--outFile',
      'module.wasm',
      '--runtime',
      'stub',
      '--importMemory',
      '--noExportMemory',
      '--initialMemory',
      '0',
      '--use',
      'abort=',
      '--noAssert',
      '-O3',
      '--shrinkLevel',
      '1',
      '--converge',
      '--disable',
      'mutable-globals,sign-extension,nontrapping-f2i,bulk-memory',
      '--lowMemoryLimit',
      '0',
      simd ? '--enable' : '--disable',
      'simd',
      ...(shared ? ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'] : []),
    ],
    {
      readFile: (file, base) => (existsSync(join(base, file)) ? readFileSync(join(base, file), 'utf8') : null),
      writeFile: (_file, contents) => {
        bytes = Buffer.from(contents);
      },
      listFiles: (folder, base) => readdirSync(join(base, folder)),
    },
    { baseDir: root },
  );
  if (error || bytes === undefined) {
    throw new Error(`${path}: ${error?.message ?? 'no output'}\n${stderr.toString()}`);
  }
  return bytes;
}

/** The sections of a binary: `[id, start, end]`, start at the id byte. */
function sections(bytes) {
  const found = [];
  let at = 8;
  while (at < bytes.length) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      more = (bytes[at] & 0x80) !== 0;
      size |= (bytes[at++] & 0x7f) << shift;
    }
    at += size;
    found.push([id, start, at]);
  }
  return found;
}

/** The byte offset of the memory import, after checking that the module keeps to the rules. */
function inspect(bytes, path) {
  const parts = sections(bytes);
  for (const [id] of parts) {
    if (forbiddenSections.has(id)) {
      throw new Error(
        `${path} has ${forbiddenSections.get(id)}: it would overwrite what TensorFlow.js keeps there. ` +
          'Use no arrays, strings, classes or StaticArray; take scratch memory as a pointer.',
      );
    }
  }
  const at = parts.find(([id]) => id === 2)?.[1];
  if (at === undefined || !bytes.subarray(at, at + plainImport.length).equals(plainImport)) {
    throw new Error(`${path} must import env.memory and nothing else.`);
  }
  if (bytes.length > largestModule) {
    throw new Error(
      `${path} is ${bytes.length} bytes; at most ${largestModule}: older Chrome compiles no larger ` +
        "module synchronously on the page's thread. Split it into two entries.",
    );
  }
  return at;
}

/**
 * Bytes as text that gzip shortens as it would the bytes, since equal bytes stay equal characters (base64 hides that, and
 * takes half as much again of a compressed page): `bytesOfText` in kernels/wasm/module/binary.ts reads it, and says how.
 */
function textOf(bytes) {
  const character = (value) => (value === 57 ? '!' : String.fromCharCode(value + 35));
  return Array.from(bytes, (byte) => {
    const value = (byte + 5) & 255;
    const rare = value - 90;
    return rare < 0 ? character(value) : character(90 + Math.floor(rare / 92)) + character(rare % 92);
  }).join('');
}

async function build(entry) {
  const path = relative(root, entry);
  const [scalar, simd] = await Promise.all(
    [false, true].map(async (withSimd) => {
      const [plain, shared] = await Promise.all(
        [false, true].map((isShared) => compile(entry, { simd: withSimd, shared: isShared })),
      );
      const at = inspect(plain, path);
      const swapped = Buffer.concat([plain.subarray(0, at), sharedImport, plain.subarray(at + plainImport.length)]);
      if (!swapped.equals(shared)) {
        throw new Error(`${path}: the shared-memory build differs from the plain one in more than its memory import.`);
      }
      return { bytes: plain, memoryImport: at };
    }),
  );
  const room = dirname(dirname(entry));
  const module = basename(entry, '.ts');
  const library = relative(join(room, 'generated'), join(root, 'kernels/wasm/module/binary.js'));
  const text = [
    `// Made by build/assembly.mjs from ../assembly/${module}.ts: change that file, then run \`node build/assembly.mjs\`.`,
    `// Scalar ${scalar.bytes.length} bytes, SIMD ${simd.bytes.length} bytes.`,
    `import type { WasmBinary } from '${library.startsWith('.') ? library : `./${library}`}';`,
    '',
    `export const ${module}Binary: WasmBinary = {`,
    `  name: '${module}',`,
    ...[
      ['scalar', scalar],
      ['simd', simd],
    ].flatMap(([variant, { bytes, memoryImport }]) => [
      `  ${variant}: {`,
      `    memoryImport: ${memoryImport},`,
      '    text:',
      textOf(bytes)
        .match(/.{1,108}/g)
        .map((line) => `      "${line}"`)
        .join(' +\n') + ',',
      '  },',
    ]),
    '};',
    '',
  ].join('\n');
  return {
    path,
    target: join(room, 'generated', `${module}Binary.ts`),
    text,
    scalar: scalar.bytes,
    simd: simd.bytes,
    characters: textOf(scalar.bytes).length + textOf(simd.bytes).length,
  };
}

let total = 0;
let stale = false;
for (const entry of entries(join(root, 'kernels'))) {
  const { path, target, text, scalar, simd, characters } = await build(entry);
  total += characters;
  const current = existsSync(target) && readFileSync(target, 'utf8') === text;
  console.log(
    `${path}: scalar ${scalar.length}, SIMD ${simd.length}, text ${characters} characters` +
      (current ? '' : check ? ' (STALE: run node build/assembly.mjs)' : ' (written)'),
  );
  stale ||= !current;
  if (!current && !check) {
    writeFileSync(target, text);
  }
}
console.log(`together: ${total} characters of text`);
if (total > 40 * 1024) {
  throw new Error(`The modules together are ${total} characters of text; at most ${40 * 1024} may go into a bundle.`);
}
process.exitCode = check && stale ? 1 : 0;
