import { expect } from 'chai';
import { bytesOfText } from '../../../../kernels/wasm/module/binary.js';

describe('bytes as text', () => {
  it('are one character where they are frequent and two where they are rare', () => {
    // 0 stands for 5, which is `#` and five further; 84 is the last of one character, and 251 the first of all.
    expect([...bytesOfText('(|#')]).to.deep.equal([0, 84, 251]);
    // 85 + 92 begins the second row of the rare ones; 250 is the last.
    expect([...bytesOfText('}#}~~#~l')]).to.deep.equal([85, 176, 177, 250]);
    // `!` is what the backslash would be.
    expect([...bytesOfText('[!]')]).to.deep.equal([51, 52, 53]);
  });
});
