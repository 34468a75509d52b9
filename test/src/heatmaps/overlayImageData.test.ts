import { expect } from 'chai';
import { overlayMap } from '../../../src/heatmaps/overlayMap.js';

describe('overlayMap', () => {
  it('feature: its data are what new ImageData takes, as types have it', () => {
    const image = { data: new Uint8ClampedArray(4), width: 1, height: 1 };
    const data: ConstructorParameters<typeof ImageData>[0] = overlayMap(image, {
      data: Float32Array.of(1),
      rows: 1,
      columns: 1,
    }).data;
    expect(data).to.be.instanceOf(Uint8ClampedArray).with.length(4);
  });
});
