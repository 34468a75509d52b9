import { expect } from 'chai';
import { muteImage } from '../../../src/heatmaps/overlayMap.js';
import { expectError } from '../../expectError.js';

describe('muteImage', () => {
  it('takes colour towards the luma, leaves greys and alpha alone', () => {
    // Luma of pure red: 77 · 255 / 256 = 76.7 → 77; half of the way from (255, 0, 0).
    const bytes = new Uint8ClampedArray([255, 0, 0, 7, 90, 90, 90, 255]);
    muteImage(bytes, 0.5);
    expect(Array.from(bytes)).to.deep.equal([166, 39, 39, 7, 90, 90, 90, 255]);
    muteImage(bytes, 0);
    expect(bytes[0]).to.equal(bytes[1]).and.equal(bytes[2]);
  });
  it('changes nothing at 1 and refuses what is out of range', () => {
    const bytes = new Uint8ClampedArray([1, 2, 3, 4]);
    muteImage(bytes, 1);
    expect(Array.from(bytes)).to.deep.equal([1, 2, 3, 4]);
    expectError(() => muteImage(bytes, 1.5), 'Expected saturation to be a number from 0 to 1 but received 1.5');
    expectError(() => muteImage(bytes, NaN), 'Expected saturation to be a number from 0 to 1 but received NaN');
  });
});
