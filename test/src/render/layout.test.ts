import { expect } from 'chai';
import { arrangePanels } from '../../../src/render/layout.js';

const grid = (width: number, height: number, panels: number) => arrangePanels(width, height, panels);

describe('arrangePanels', () => {
  it('images of usual size keep their pixels', () => {
    expect(grid(640, 480, 2)).to.deep.equal({
      columns: 2,
      rows: 1,
      imageWidth: 640,
      imageHeight: 480,
      panelWidth: 640,
      unit: 17,
    });
  });

  it('large ones are shrunk to the limits, small ones enlarged', () => {
    const large = grid(4000, 3000, 2);
    expect([large.imageWidth, large.imageHeight]).to.deep.equal([1200, 900]); // half of 2400
    expect(grid(4000, 3000, 1).imageWidth).to.equal(1600);
    expect(grid(4000, 3000, 6).imageWidth).to.equal(533); // a third of 1600
    expect(arrangePanels(4000, 3000, 2, { maxSide: 500 }).imageWidth).to.equal(500);
    expect(grid(200, 150, 2).imageWidth).to.equal(280);
    expect([grid(1, 1, 2).imageWidth, grid(1, 1, 2).imageHeight]).to.deep.equal([280, 280]);
  });

  it('strips leave room for their titles', () => {
    expect(grid(10, 4000, 2).panelWidth).to.equal(230);
    expect(grid(10, 4000, 2).imageWidth).to.equal(4);
    expect(grid(4000, 10, 2).columns).to.equal(1);
  });

  it('up to three panels stand in a row, four in a square; there is a place for each', () => {
    expect([2, 3, 4, 6].map((panels) => grid(640, 480, panels).columns)).to.deep.equal([2, 3, 2, 3]);
    for (let panels = 1; panels <= 21; panels++) {
      for (const [width, height] of [
        [640, 480],
        [480, 640],
        [100, 100],
        [3000, 100],
      ]) {
        const { columns, rows } = grid(width, height, panels);
        expect(columns * rows).to.be.at.least(panels);
        expect(columns * (rows - 1)).to.be.below(panels);
      }
    }
  });
});
