/**
 * Non-negative factorization of a sparse matrix, beside scikit-learn's coordinate descent on the same numbers.
 *
 *   npm run bench:nmf -- [--rows 20000] [--columns 500] [--parts 30] [--per-row 7] [--iterations 20] [--python python3]
 *     [--json FILE]
 *
 * `--python` is one with scikit-learn; without it, ours alone is measured. Both start from the same W and H and take turns,
 * one thread each; the time of an iteration is that of some less that of a few, divided by what lies between.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mixSeeds, randomBits } from '../src/random.js';
import { factorize, sparseRows } from '../src/tagging/index.js';
import type { SparseRows } from '../src/tagging/index.js';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    columns: { type: 'string', default: '500' },
    parts: { type: 'string', default: '30' },
    'per-row': { type: 'string', default: '7' },
    iterations: { type: 'string', default: '20' },
    turns: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
  },
});
const [rows, columns, parts, perRow, iterations, turns] = [
  options.rows,
  options.columns,
  options.parts,
  options['per-row'],
  options.iterations,
  options.turns,
].map(Number);

/** Images whose tags come from a few of `parts` groups of tags, as real ones do. */
function tagLike(): SparseRows {
  const draw = randomBits(mixSeeds(1));
  const uniform = () => draw() / 2 ** 32;
  return sparseRows(
    Array.from({ length: rows }, () => {
      const groups = [uniform(), uniform()].map((value) => Math.floor(value * parts));
      const found = new Map<number, number>();
      while (found.size < perRow) {
        const group = groups[uniform() < 0.7 ? 0 : 1];
        const tag =
          uniform() < 0.1
            ? Math.floor(uniform() * columns)
            : (group + parts * Math.floor(uniform() ** 2 * (columns / parts))) % columns;
        found.set(tag, Math.sqrt(uniform()));
      }
      return [...found];
    }),
    columns,
  );
}

const matrix = tagLike();
const start = await factorize(matrix, parts, { iterations: 1, tolerance: 0 });
const init = { w: start.w, h: start.h };
const few = 2;

async function secondsOf(count: number): Promise<number> {
  const before = process.cpuUsage();
  await factorize(matrix, parts, { init, iterations: count, tolerance: 0 });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const python = `
import os, sys, time, json
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[name] = '1'
import numpy as np, scipy.sparse as sp, sklearn, warnings
from sklearn.decomposition import NMF
warnings.filterwarnings('ignore')
folder, rows, columns, k, few, many = sys.argv[1], *map(int, sys.argv[2:])
read = lambda name, kind: np.fromfile(folder + '/' + name, kind)
X = sp.csr_matrix((read('values', np.float64), read('indices', np.int32), read('starts', np.int32)), (rows, columns))
W, H = read('w', np.float64).reshape(rows, k), read('h', np.float64).reshape(k, columns)
def run(n):
    model = NMF(k, init='custom', solver='cd', max_iter=n, tol=0)
    begun = time.process_time()
    model.fit_transform(X, W=W.copy(), H=H.copy())
    return time.process_time() - begun, model.reconstruction_err_
run(few)
(a, _), (b, error) = run(few), run(many)
print(json.dumps({'version': sklearn.__version__, 'seconds': (b - a) / (many - few), 'error': error}))
`;

interface Rival {
  version: string;
  seconds: number;
  error: number;
}

const folder = mkdtempSync(join(tmpdir(), 'weldon-nmf-'));
try {
  const bytes = (values: Float64Array | Int32Array) =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const { starts, indices, values } = matrix;
  Object.entries({ starts, indices, values, ...init }).forEach(([name, own]) =>
    writeFileSync(join(folder, name), bytes(own)),
  );
  const ours: number[] = [];
  const rivals: Rival[] = [];
  await secondsOf(few);
  for (let turn = 0; turn < turns; turn++) {
    const [short, long] = [await secondsOf(few), await secondsOf(iterations)];
    ours.push((long - short) / (iterations - few));
    const sizes = [rows, columns, parts, few, iterations].map(String);
    const { status, stdout, stderr } = spawnSync(options.python, ['-c', python, folder, ...sizes], {
      encoding: 'utf8',
    });
    if (status === 0) {
      rivals.push(JSON.parse(stdout) as Rival);
    } else if (turn === 0) {
      process.stderr.write(`scikit-learn is not measured: ${stderr.trim().split('\n').at(-1)}\n`);
    }
  }
  const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
  const error = (await factorize(matrix, parts, { init, iterations, tolerance: 0 })).error;
  const rival = rivals.length === 0 ? null : median(rivals.map(({ seconds }) => seconds));
  const report = {
    date: new Date().toISOString(),
    matrix: { rows, columns, parts, numbers: values.length },
    versions: { node: process.versions.node, 'scikit-learn': rivals[0]?.version ?? null },
    device: { cpu: cpus()[0]?.model, cores: cpus().length },
    cpuSecondsPerIteration: { ours: median(ours), coordinateDescent: rival },
    timesRival: rival === null ? null : median(ours) / rival,
    error: { ours: error, coordinateDescent: rivals[0]?.error ?? null },
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  console.log(JSON.stringify(report, null, 2));
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
