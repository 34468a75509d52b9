import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { openReport } from '../../../../src/commands/report/heatmapReport.js';
import { heatmapEncoder } from '../../../../src/commands/heatmap/heatmapEncoder.js';
import { startEncoderThread } from '../../../../src/commands/heatmap/encoderThread.js';
import type { EncoderThread } from '../../../../src/commands/heatmap/encoderThread.js';
import { writeHeatmap } from '../../../../src/commands/heatmap/writeHeatmap.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { syntheticHeatmap } from '../../render/syntheticHeatmap.js';

describe('startEncoderThread', () => {
  const folder = temporaryFolder();
  let thread: EncoderThread;
  before(() => {
    thread = startEncoderThread();
  });
  after(() => thread.close());

  it('makes the same files as this thread', async () => {
    const heatmap = syntheticHeatmap(120, 90);
    for (const format of ['png', 'json', 'npy'] as const) {
      const here = await heatmapEncoder.encode(heatmap, format, {});
      const there = await thread.encode(heatmap, format, {});
      expect(Buffer.from(there as string).equals(Buffer.from(here as string)), format).to.equal(true);
    }
  });

  it("serves writeHeatmap and openReport, several calls at once, and keeps the caller's heatmap", async () => {
    const heatmap = syntheticHeatmap(120, 90);
    const report = await openReport(folder.path('a.html'), { encoder: thread });
    await Promise.all([
      writeHeatmap(folder.path('a.png'), heatmap, { encoder: thread }),
      writeHeatmap(folder.path('a.npy'), heatmap, { encoder: thread }),
      report.add(heatmap),
      report.add(heatmap),
    ]);
    await report.close();
    expect(readFileSync(folder.path('a.html'), 'utf8').split('<article').length - 1).to.equal(2);
    expect(heatmap.image.data).to.have.length(120 * 90 * 4);
  });

  it('refusals come back as they were', async () => {
    const refused = thread.encode({ ...syntheticHeatmap(8, 6), classes: [] }, 'png', {});
    expect(await rejection(refused)).to.equal(
      'Expected classes for images/sun over a field.jpg to be at least one class but received none',
    );
  });

  it('leaves this thread free', async () => {
    const heatmap = syntheticHeatmap(1600, 1200);
    await thread.encode(heatmap, 'png', {}); // started and warm
    const blockedHere = async (encode: () => Promise<unknown>) => {
      let longest = 0;
      let last = performance.now();
      const watch = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      await encode();
      clearInterval(watch);
      return Math.max(longest, performance.now() - last);
    };
    const there = await blockedHere(() => thread.encode(heatmap, 'png', {}));
    const here = await blockedHere(() => heatmapEncoder.encode(heatmap, 'png', {}));
    expect(there).to.be.below(here);
  });

  it('after close every call is refused', async () => {
    const other = startEncoderThread();
    // Its refusal is awaited at once: TensorFlow.js' wasm module ends the process on one that nobody waits for.
    const underWay = rejection(other.encode(syntheticHeatmap(100, 100), 'png', {}));
    await other.close();
    expect(await underWay).to.contain('the threads to be running');
    expect(await rejection(other.encode(syntheticHeatmap(8, 6), 'json', {}))).to.contain('the threads to be running');
  });
});
