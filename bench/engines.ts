/**
 * Engines of frozen networks, side by side and in turn: ONNX Runtime, wasm, and a bare loop of sharp and onnxruntime-node on
 * the same files, which is the limit. Needs the built package.
 *
 *   npm run bench:engines -- [--folder FOLDER] [--images 64] [--rounds 2] [--json bench/results/engines.json]
 *     [--only profile,features,heatmaps,first,demo,files,memory]
 *
 * Every run is a process of its own, on one core by taskset where it is there. Where a machine is shared, wall time says
 * little: CPU time stands beside it, and ratios are of the best of the rounds. Figures of features and heat maps leave out
 * the start of the process; those of the first image and the demo are of the whole command. `profile` says what each step
 * costs by itself, and `rest` what the command takes beyond their sum. About five minutes, and memory two more.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    only: { type: 'string', default: 'profile,features,heatmaps,first,demo,files,memory' },
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
  stdout: string;
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
  return { wallSeconds, cpuSeconds: Number(user) + Number(system), said, stdout: timed.stdout };
}

/** Images spread over a folder, whose classes differ in size. */
function imagesOf(where: string, count: number): string[] {
  const names = readdirSync(where, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort();
  const most = Math.min(count, names.length);
  return Array.from({ length: most }, (_, i) => join(where, names[Math.floor((i * names.length) / most)]));
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
let steps: Record<string, number> | null = null;
try {
  if (wanted.has('profile')) {
    const fewer = Math.max(16, Math.round(images / 2));
    steps = run(childOf({ task: 'profile', backend: 'onnx', images: fewer, out: join(scratch, 'profile') }), 1).said;
    console.log('ms CPU an image, step by step:', JSON.stringify(steps));
  }
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
  let files: object | undefined;
  if (wanted.has('files')) {
    const { said } = run(childOf({ task: 'files' }), 1);
    const { size, rows: agreement } = JSON.parse(
      readFileSync(join(root, 'bench/results/onnxPrecision.json'), 'utf8'),
    ) as { size: number; rows: object[] };
    files = { ...said, agreement: { madeBy: 'npm run bench:onnx', size, rows: agreement } };
    console.log(`files: ${JSON.stringify(said)}`);
  }
  let memory: object | undefined;
  if (wanted.has('memory')) {
    const more = imagesOf(options.folder ?? join(folder, '..'), 1000);
    const args = [...more, '--size', '224', '--format', 'json', '--json', '--out', join(scratch, 'memory')];
    const lines = run(heatmaps('onnx', args), several).stdout.trim().split('\n').slice(0, -1);
    const resident = lines.map((line) => (JSON.parse(line) as { residentMegabytes: number }).residentMegabytes);
    const tenth = Math.floor(resident.length / 10);
    const mean = (part: number[]) => part.reduce((sum, each) => sum + each, 0) / part.length;
    const [afterFirst, afterLast] = [mean(resident.slice(tenth - 10, tenth)), mean(resident.slice(-10))];
    memory = { images: resident.length, afterFirst, afterLast, ratio: afterLast / afterFirst };
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
  // Drawing is no step of heat maps as JSON.
  const { 'draw and encode PNG (with --format png)': drawing, ...own } = steps ?? {};
  const cpuPerImage = find('heat maps', 'onnx', 1)?.cpuPerImage;
  const sum = Object.values(own).reduce((total, ms) => total + ms, 0);
  const profile = steps && {
    ...{ unit: 'ms CPU an image, heat maps at 448 px', ...own },
    ...(cpuPerImage === undefined ? {} : { whole: cpuPerImage, rest: cpuPerImage - sum }),
    'in place of JSON: draw and encode PNG': drawing,
  };
  const summary = { profile, ...ratios, firstImage: whole('first image'), demo: whole('npm run demo'), files, memory };
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
