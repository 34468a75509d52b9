import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { font, measuringContext } from '../../../../src/node/canvas/nodeCanvas.js';
import { unpackWoff } from '../../../../src/node/canvas/woffFont.js';

const require = createRequire(import.meta.url);

describe('the bundled font', () => {
  it('is what class names are set in, in both weights', () => {
    const context = measuringContext();
    const widthOf = (text: string, size: number, weight: 'normal' | 'bold') => {
      context.font = font(size, weight);
      return context.measureText(text).width;
    };
    // Advance widths of DejaVu Sans 2.37 at 2048 units: M 1767, i 569; DejaVu Sans Bold: M 2038, i 702
    expect(widthOf('M', 2048, 'normal')).to.be.closeTo(1767, 2);
    expect(widthOf('i', 2048, 'normal')).to.be.closeTo(569, 2);
    expect(widthOf('M', 2048, 'bold')).to.be.closeTo(2038, 2);
    expect(widthOf('i', 2048, 'bold')).to.be.closeTo(702, 2);
  });

  it('unpacks from WOFF table by table, checksums and all', () => {
    for (const weight of [400, 700]) {
      const woff = readFileSync(
        require.resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff`),
      );
      const file = unpackWoff(woff);
      expect(file.length).to.equal(woff.readUInt32BE(16)); // the size that the WOFF states
      const count = file.readUInt16BE(4);
      for (let entry = 12; entry < 12 + 16 * count; entry += 16) {
        const tag = file.toString('latin1', entry, entry + 4);
        const offset = file.readUInt32BE(entry + 8);
        const table = Buffer.alloc(Math.ceil(file.readUInt32BE(entry + 12) / 4) * 4);
        file.copy(table, 0, offset, offset + file.readUInt32BE(entry + 12));
        let sum = 0;
        for (let i = 0; i < table.length; i += 4) {
          // the checksum of the head table leaves out its own adjustment, at byte 8
          sum = (sum + (tag === 'head' && i === 8 ? 0 : table.readUInt32BE(i))) >>> 0;
        }
        expect(sum, tag).to.equal(file.readUInt32BE(entry + 4));
      }
    }
  });
});
