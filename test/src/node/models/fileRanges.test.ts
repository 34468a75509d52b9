import { expect } from 'chai';
import { chmodSync, writeFileSync } from 'node:fs';
import { fileRanges } from '../../../../src/node/models/fileRanges.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

describe('fileRanges', () => {
  const temporary = temporaryFolder();

  it('reads pieces, into memory that is given where there is some', async () => {
    const file = await fileRanges(
      temporary.write(
        'ten',
        Uint8Array.from({ length: 10 }, (_, i) => i),
      ),
    );
    expect(file.size).to.equal(10);
    expect([...(await file.read(3, 4))]).to.deep.equal([3, 4, 5, 6]);
    const scratch = new Uint8Array(2);
    expect(await file.read(8, 2, scratch)).to.equal(scratch);
    expect([...scratch]).to.deep.equal([8, 9]);
    await file.close();
  });

  it('says what is wrong', async () => {
    expect(await rejection(fileRanges(temporary.path('none')))).to.equal(
      `Expected ${temporary.path('none')} to be a file to read but received no file of that name`,
    );
    expect(await rejection(fileRanges(temporary.path('.')))).to.contain('but received a folder');
    expect(await rejection(fileRanges('/dev/zero'))).to.contain('it is a device or a pipe');
    const cut = temporary.write('cut', new Uint8Array(10));
    const file = await fileRanges(cut);
    writeFileSync(cut, new Uint8Array(6));
    expect(await rejection(file.read(4, 4))).to.contain(
      '10 bytes long while it is read but received a file that ends at 6',
    );
    await file.close();
    if (process.getuid?.() !== 0) {
      chmodSync(cut, 0);
      expect(await rejection(fileRanges(cut))).to.contain('check its permissions');
    }
  });
});
