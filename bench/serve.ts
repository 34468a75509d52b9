/**
 * `weldon serve` under 16 clients: how even its answers are, and whether its memory stays.
 *
 *   npm run build && npm run bench:serve -- --catalogue DIR --image FILE [--requests 10000] [--clients 16] [--windows 0] [--json FILE]
 *
 * The server is a process of its own (Linux: its resident memory is read from /proc). The median and the 95th percentile are
 * of all requests after the first tenth; memory is that after the first tenth and after the last.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    catalogue: { type: 'string' },
    image: { type: 'string' },
    requests: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '16' },
    windows: { type: 'string', default: '0' },
    json: { type: 'string' },
  },
});
const { catalogue, image } = options;
if (catalogue === undefined || image === undefined) {
  throw new Error('Expected --catalogue DIR and --image FILE');
}
const [requests, clients, windows] = [options.requests, options.clients, options.windows].map(Number);
const command = fileURLToPath(new URL('../dist/src/commands/main.js', import.meta.url));
const server = spawn(process.execPath, [command, 'serve', catalogue, '--port', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise<string>((resolve, reject) => {
  createInterface(server.stdout).once('line', (line) => resolve((JSON.parse(line) as { url: string }).url));
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
});
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024;

const photo = new Blob([readFileSync(image)]);
const times: number[] = [];
const memory: number[] = [];
let begun = 0;
let failed = 0;
async function client(): Promise<void> {
  while (begun < requests) {
    begun++;
    const form = new FormData();
    form.append('image', photo, 'photo');
    form.append('windows', String(windows));
    const start = performance.now();
    const response = await fetch(`${url}/search`, { method: 'POST', body: form });
    const { hits } = (await response.json()) as { hits?: unknown[] };
    times.push(performance.now() - start);
    failed += response.status === 200 && hits !== undefined && hits.length > 0 ? 0 : 1;
    if (times.length % Math.ceil(requests / 10) === 0) {
      memory.push(resident());
      console.log(`${times.length} requests, ${memory[memory.length - 1].toFixed(0)} MB`);
    }
  }
}
const whole = performance.now();
await Promise.all(Array.from({ length: clients }, client));
const seconds = (performance.now() - whole) / 1000;
const steady = times.slice(Math.floor(times.length / 10)).sort((a, b) => a - b);
const at = (share: number) => steady[Math.min(steady.length - 1, Math.floor(share * steady.length))];
const [p50, p95] = [at(0.5), at(0.95)];
const growth = memory[memory.length - 1] / memory[0];
const result = {
  cpu: cpus()[0].model,
  cores: cpus().length,
  requests,
  clients,
  windows,
  failed,
  perSecond: requests / seconds,
  p50,
  p95,
  ratio: p95 / p50,
  memory,
  growth,
  bars: { 'no error': failed === 0, 'p95 <= 3 p50': p95 <= 3 * p50, 'memory <= 1.1 x': growth <= 1.1 },
};
console.log(result);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(result, null, 1)}\n`);
}
server.kill('SIGTERM');
