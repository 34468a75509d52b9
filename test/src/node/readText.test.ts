import { expect } from 'chai';
import { readExperimentConfig } from '../../../src/commands/experiment/readConfig.js';
import { readClassNames } from '../../../src/node/models/classNames.js';
import { decodeText } from '../../../src/node/readText.js';
import { rejection, temporaryFolder } from './temporaryFolder.js';

describe('readText', () => {
  const folder = temporaryFolder();
  const latin1 = (text: string) => Buffer.from(text, 'latin1');

  it('feature: UTF-8, UTF-16 and Windows-1252 are told apart by their bytes', () => {
    for (const [bytes, encoding] of [
      [Buffer.from('\uFEFFöl'), 'UTF-8'],
      [Buffer.from('öl'), 'UTF-8'],
      [Buffer.from('\uFEFFöl', 'utf16le'), 'UTF-16'],
      [Buffer.from('\uFEFFöl', 'utf16le').swap16(), 'UTF-16'],
      [latin1('öl'), 'Windows-1252'],
    ] as const) {
      expect(decodeText(bytes)).to.deep.equal({ text: 'öl', encoding });
    }
    expect(decodeText(Buffer.from([0]))).to.equal(null);
    expect(decodeText(Buffer.from([0x83, 0x6e, 0x83, 0x62, 0x83, 0x67]))).to.equal(null); // "hat" in Shift JIS
    expect(decodeText(Buffer.alloc(0))).to.deep.equal({ text: '', encoding: 'UTF-8' });
  });

  it('feature: class names; exception: another encoding', async () => {
    const names = folder.write('names.txt', latin1('Hüte\r\nSchuhe\r\n'));
    expect(await readClassNames(names, 2)).to.deep.equal(['Hüte', 'Schuhe']);
    const wide = folder.write('wide.txt', Buffer.from('\uFEFFHüte\nSchuhe\n', 'utf16le'));
    expect(await readClassNames(wide, 2)).to.deep.equal(['Hüte', 'Schuhe']);
    const cyrillic = folder.write('other.txt', latin1('\xd8\xeb\xff\xef\xe0\n'));
    expect(await rejection(readClassNames(cyrillic, 1))).to.equal(
      `Expected ${cyrillic} to be a file of class names but received text in an encoding that is neither UTF-8 nor UTF-16 nor Windows-1252: save it as UTF-8`,
    );
  });

  it("feature: configurations as PowerShell's > writes them", async () => {
    const config = folder.write('config.json', Buffer.from('\uFEFF{"nam": 1}', 'utf16le'));
    expect(await rejection(readExperimentConfig(config))).not.to.contain('JSON');
  });
});
