/**
 * The benchmark of the pooling in a real browser, for webgl and webgpu: a table on the terminal and, with --json,
 * results with versions and device.
 *
 *   npx tsx bench/browser.ts [--backends webgl,webgpu] [--shapes 1,3,4] [--contenders ours,rival] [--seconds 2]
 *     [--backward] [--json FILE]
 *
 * Without --backward only the forward pass is timed: the rival's gradient scatters, which stock webgl does in time
 * quadratic in what it scatters. The browser has a GPU in software unless CHROMIUM names another one's program file.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBrowser } from '../test/browser/openBrowser.js';
import { servePages } from '../test/browser/servePages.js';
import type { PageBackend } from '../test/browser/startBackend.js';
import { poolingOptions, readPoolingOptions } from './poolingOptions.js';
import type { PoolingResult } from './poolingRuns.js';
import { renderPooling } from './poolingTable.js';

const { values: options } = parseArgs({
  options: {
    ...poolingOptions,
    backends: { type: 'string', default: 'webgl,webgpu' },
    backward: { type: 'boolean', default: false },
  },
});

const { shapes, contenders, seconds } = readPoolingOptions(options);
const passes = options.backward ? (['forward', 'forward+backward'] as const) : (['forward'] as const);

const server = await servePages(fileURLToPath(new URL('browserPage.ts', import.meta.url)));
const browser = await openBrowser(process.env.CHROMIUM);
const records: Record<string, unknown>[] = [];
try {
  for (const name of options.backends.split(',') as PageBackend['name'][]) {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    await page.waitForFunction(() => globalThis.benchmark !== undefined);
    const started = await page.evaluate((backend) => globalThis.benchmark.start({ name: backend }), name);
    console.log(
      `\n${name}: ${started.device}\nmedian milliseconds (quartiles), how much faster ours is, peak of tensors ` +
        'beside the input\n',
    );
    const results: PoolingResult[] = [];
    for (const shape of shapes) {
      const [result] = await page.evaluate((run) => globalThis.benchmark.run(run), {
        backend: name,
        shapes: [shape],
        contenders,
        passes,
        seconds,
      });
      console.log(renderPooling(result));
      results.push(result);
    }
    records.push({ ...started, results });
    await page.close();
  }
  const device = { cpu: cpus()[0].model, cores: cpus().length, browser: browser.version() };
  console.log(`\n${device.cpu}, ${device.cores} cores, Chromium ${device.browser}`);
  if (options.json !== undefined) {
    writeFileSync(
      options.json,
      `${JSON.stringify({ date: new Date().toISOString(), device, backends: records }, null, 2)}\n`,
    );
  }
} finally {
  await browser.close();
  await server.close();
}
