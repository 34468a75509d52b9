/**
 * Engines of frozen networks, side by side and in turn: ONNX Runtime, wasm, and a bare loop of sharp and onnxruntime-node on
 * the same files, which is the limit. Needs the built package.
 *
 *   npm run bench:engines -- [--folder FOLDER] [--images 64] [--rounds 2] [--json bench/results/engines.json]
 *     [--only features,heatmaps,first,memory,demo]
 *
 * Every run is a process of its own, on one core by taskset where it is there. Where a machine is shared, wall time says
 * little: CPU time stands beside it, and ratios are of the best of the rounds. Figures of features and heat maps leave out
 * the start of the process; those of the first image and the demo are of the whole command.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageVersion } from '../src/node/runtime/installedPackages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    folder: { type: 'string' },
    images: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'features,heatmaps,first,memory,demo' },
    json: { type: 'string' },
  },
});
const shared = join(root, '../shared/data/food10/test');
const folder = options.folder ?? (existsSync(shared) ? shared : join(root, 'demos/photos'));
const [images, rounds] = [Number(options.images), Number(options.rounds)];
const wanted = new Set(options.only.split(','));
const scratch = mkdtempSync(join(tmpdir(), 'weldon-bench-'));
const hasTaskset = spawnSync('taskset', ['-V']).status === 0;

interface Run {
  /** of the whole process */
  wallSeconds: number;
  cpuSeconds: number;
  /** what the child says on its last line of stdout that is JSON */
  said: Record<string, number> | null;
}

/** Runs Node on `cores` cores; the time of its children counts. */
function run(args: readonly string[], cores: number): Run {
  const pinned = hasTaskset && cores < cpus().length;
  const command = [
    ...(pinned ? ['taskset', '-c', Array.from({ length: cores }, (_, i) => i).join()] : []),
    process.execPath,
    ...args,
  ];
  const start = performance.now();
  const timed = spawnSync('/usr/bin/env', ['bash', '-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'run', ...command], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const wallSeconds = (performance.now() - start) / 1000;
  if (timed.status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${timed.status}: ${timed.stderr.slice(-600)}`);
  }
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(timed.stderr) as RegExpExecArray;
  const last = timed.stdout.trim().split('\n').at(-1) ?? '';
  let said: Run['said'] = null;
  if (last.startsWith('{')) {
    const parsed = JSON.parse(last) as { summary?: Record<string, number> } & Record<string, number>;
    said = parsed.summary ?? parsed;
  }
  return { wallSeconds, cpuSeconds: Number(user) + Number(system), said };
}

const weldon = join(root, 'dist/src/commands/main.js');
const child = fileURLToPath(new URL('enginesChild.ts', import.meta.url));
const childOf = (task: object) => ['--import', 'tsx', child, JSON.stringify({ folder, images, ...task })];
const heatmaps = (backend: string, more: readonly string[]) => [weldon, 'heatmap', '--backend', backend, ...more];

interface Row {
  what: string;
  way: string;
  cores: number;
  /** the best of the rounds; images a second without the start, or of the whole command where that is what counts */
  imagesPerSecond?: number;
  /** CPU time per image in ms, without the start */
  cpuPerImage?: number;
  wallSeconds: number;
  cpuSeconds: number;
}

const rows: Row[] = [];
const note = (row: Row) => {
  rows.push(row);
  const speed = row.imagesPerSecond === undefined ? '' : `${row.imagesPerSecond.toFixed(1)} images/s, `;
  const cost = row.cpuPerImage === undefined ? '' : `${row.cpuPerImage.toFixed(1)} ms CPU an image, `;
  console.log(
    `${row.what.padEnd(34)} ${row.way.padEnd(6)} ${row.cores} core${row.cores > 1 ? 's' : ' '}  ${speed}${cost}` +
      `whole ${row.wallSeconds.toFixed(1)} s, CPU ${row.cpuSeconds.toFixed(1)} s`,
  );
};

/** Several ways in turn, `rounds` times; the best of each. */
function inTurn(what: string, ways: readonly { way: string; cores: number; args(round: number): readonly string[] }[]) {
  const found = ways.map(() => [] as Run[]);
  for (let round = 0; round < rounds; round++) {
    ways.forEach(({ cores, args }, i) => found[i].push(run(args(round), cores)));
  }
  ways.forEach(({ way, cores }, i) => {
    const best = (value: (run: Run) => number | undefined, pick: (...all: number[]) => number) => {
      const all = found[i].map(value).filter((each) => each !== undefined);
      return all.length === 0 ? undefined : pick(...all);
    };
    note({
      what,
      way,
      cores,
      imagesPerSecond: best(({ said }) => said?.imagesPerSecond, Math.max),
      cpuPerImage: best(({ said }) => said?.cpuPerImage, Math.min),
      wallSeconds: best(({ wallSeconds }) => wallSeconds, Math.min) as number,
      cpuSeconds: best(({ cpuSeconds }) => cpuSeconds, Math.min) as number,
    });
  });
}

const several = Math.min(2, availableParallelism());
try {
  for (const [name, kind] of [
    ['features', 'features at 224 px'],
    ['heatmaps', 'heat maps at 448 px, JSON'],
  ] as const) {
    if (wanted.has(name)) {
      const fewer = Math.max(16, Math.round(images / 4));
      inTurn(kind, [
        { way: 'onnx', cores: 1, args: () => childOf({ task: name, backend: 'onnx', out: join(scratch, name) }) },
        { way: 'bare', cores: 1, args: () => childOf({ task: `${name}Bare` }) },
        {
          way: 'wasm',
          cores: 1,
          args: () => childOf({ task: name, backend: 'wasm', images: fewer, out: join(scratch, `${name}-wasm`) }),
        },
        ...(several === 2
          ? [{ way: 'onnx', cores: 2, args: () => childOf({ task: name, backend: 'onnx', out: join(scratch, name) }) }]
          : []),
      ]);
    }
  }
  if (wanted.has('first')) {
    const image = join(scratch, 'image.jpg');
    const made = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import sharp from 'sharp'; await sharp('demos/photos/cat.jpg').resize(640, 480, { fit: 'fill' }).toFile(${JSON.stringify(image)})`,
      ],
      { cwd: root },
    );
    if (made.status !== 0) {
      throw new Error(String(made.stderr));
    }
    const first = (backend: string) => ({
      way: backend,
      cores: several,
      args: (round: number) =>
        heatmaps(backend, [image, '--size', '448', '--out', join(scratch, `${backend}${round}`)]),
    });
    inTurn('first image, 640×480 at 448, PNG', [first('onnx'), first('wasm')]);
  }
  if (wanted.has('demo')) {
    const demo = (backend: string) => ({
      way: backend,
      cores: several,
      args: (round: number) =>
        heatmaps(backend, ['demos/photos', '--format', 'png,html', '--out', join(scratch, `demo-${backend}${round}`)]),
    });
    inTurn('npm run demo', [demo('onnx'), demo('wasm')]);
  }
  let memory: object | undefined;
  if (wanted.has('memory')) {
    const { said } = run(
      childOf({
        task: 'memory',
        backend: 'onnx',
        images: 1000,
        folder: options.folder ?? join(folder, '..'),
        out: join(scratch, 'memory'),
      }),
      several,
    );
    memory = said as object;
    console.log('resident memory, 1 000 images     ', JSON.stringify(memory));
  }

  const find = (what: string, way: string, cores: number) =>
    rows.find((row) => row.what.startsWith(what) && row.way === way && row.cores === cores);
  const ratio = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? null : a / b);
  const ratios = Object.fromEntries(
    ['features', 'heat maps'].map((what) => {
      const [onnx, bare, wasm, two] = [
        find(what, 'onnx', 1),
        find(what, 'bare', 1),
        find(what, 'wasm', 1),
        find(what, 'onnx', 2),
      ];
      return [
        what,
        {
          overWasm: ratio(onnx?.imagesPerSecond, wasm?.imagesPerSecond),
          overWasmByCpu: ratio(wasm?.cpuPerImage, onnx?.cpuPerImage),
          ofBare: ratio(onnx?.imagesPerSecond, bare?.imagesPerSecond),
          ofBareByCpu: ratio(bare?.cpuPerImage, onnx?.cpuPerImage),
          twoCores: ratio(two?.imagesPerSecond, onnx?.imagesPerSecond),
        },
      ];
    }),
  );
  const whole = (what: string) => ({
    wall: ratio(find(what, 'onnx', several)?.wallSeconds, find(what, 'wasm', several)?.wallSeconds),
    cpu: ratio(find(what, 'onnx', several)?.cpuSeconds, find(what, 'wasm', several)?.cpuSeconds),
  });
  const summary = { ...ratios, firstImage: whole('first image'), demo: whole('npm run demo'), memory };
  console.log(JSON.stringify(summary, null, 1));
  if (options.json !== undefined) {
    const record = {
      date: new Date().toISOString(),
      versions: {
        node: process.versions.node,
        'onnxruntime-node': packageVersion('onnxruntime-node'),
        '@tensorflow/tfjs-backend-wasm': packageVersion('@tensorflow/tfjs-backend-wasm'),
        sharp: packageVersion('sharp'),
      },
      device: { cpu: cpus()[0].model, cores: cpus().length, loadAverage: loadavg()[0] },
      images: { count: images, folder: readdirSync(folder).length },
      rounds,
      rows,
      summary,
    };
    writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
