import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { openReport } from '../../../../src/commands/report/heatmapReport.js';
import { pictureEncoder } from '../../../../src/commands/heatmap/heatmapEncoder.js';
import { startPictureThread } from '../../../../src/commands/heatmap/encoderThread.js';
import type { PictureThread } from '../../../../src/commands/heatmap/encoderThread.js';
import { writeHeatmap } from '../../../../src/commands/heatmap/writeHeatmap.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { syntheticPicture } from '../../render/syntheticHeatmap.js';

describe('startPictureThread', () => {
  const folder = temporaryFolder();
  let thread: PictureThread;
  before(() => {
    thread = startPictureThread();
  });
  after(() => thread.close());

  it('makes the same files as this thread', async () => {
    const picture = syntheticPicture(120, 90);
    for (const format of ['png', 'json', 'npy'] as const) {
      const here = await pictureEncoder.encode(picture, format, {});
      const there = await thread.encode(picture, format, {});
      expect(Buffer.from(there as string).equals(Buffer.from(here as string)), format).to.equal(true);
    }
  });

  it("serves writeHeatmap and openReport, several calls at once, and keeps the caller's picture", async () => {
    const picture = syntheticPicture(120, 90);
    const report = await openReport(folder.path('a.html'), { encoder: thread });
    await Promise.all([
      writeHeatmap(folder.path('a.png'), picture, { encoder: thread }),
      writeHeatmap(folder.path('a.npy'), picture, { encoder: thread }),
      report.add(picture),
      report.add(picture),
    ]);
    await report.close();
    expect(readFileSync(folder.path('a.html'), 'utf8').split('<article').length - 1).to.equal(2);
    expect(picture.photo.data).to.have.length(120 * 90 * 4);
  });

  it('refusals come back as they were', async () => {
    const refused = thread.encode({ ...syntheticPicture(8, 6), classes: [] }, 'png', {});
    expect(await rejection(refused)).to.equal(
      'Expected classes for photos/sun over a field.jpg to be at least one class but received none',
    );
  });

  it('leaves this thread free', async () => {
    const picture = syntheticPicture(1600, 1200);
    await thread.encode(picture, 'png', {}); // started and warm
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
    const there = await blockedHere(() => thread.encode(picture, 'png', {}));
    const here = await blockedHere(() => pictureEncoder.encode(picture, 'png', {}));
    expect(there).to.be.below(here);
  });

  it('after close every call is refused', async () => {
    const other = startPictureThread();
    const underWay = other.encode(syntheticPicture(100, 100), 'png', {});
    await other.close();
    expect(await rejection(underWay)).to.contain('the threads to be running');
    expect(await rejection(other.encode(syntheticPicture(8, 6), 'json', {}))).to.contain('the threads to be running');
  });
});
