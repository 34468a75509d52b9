import { expect } from 'chai';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonWith, ledgerName, openLedger, refuseForeignFile, seen } from '../../../../src/node/storage/ownFiles.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

describe('files that the program made', () => {
  const folder = temporaryFolder();
  const make = (name: string) => {
    mkdirSync(folder.path(name));
    return (file: string) => join(folder.path(name), file);
  };

  it('feature: own files are replaced, also by the next process and after half a line', async () => {
    const at = make('own');
    await (await openLedger(at('.'))).write({ path: at('a.txt'), content: 'first' });
    appendFileSync(at(ledgerName), '{"file":"a.t');
    await (await openLedger(at('.'))).write({ path: at('a.txt'), content: 'second' });
    await (await openLedger(at('.'))).write({ path: at('a.txt'), content: 'third' });
    expect(readFileSync(at('a.txt'), 'utf8')).to.equal('third');
  });

  it("exception: the user's own, edited and linked files, and folders, stay", async () => {
    const at = make('foreign');
    const ledger = await openLedger(at('.'));
    await ledger.write({ path: at('edited.txt'), content: 'result' });
    writeFileSync(at('edited.txt'), 'edited');
    writeFileSync(at('own.txt'), 'mine');
    symlinkSync(at('own.txt'), at('link.txt'));
    mkdirSync(at('folder.txt'));
    for (const name of ['edited.txt', 'own.txt', 'link.txt', 'folder.txt']) {
      expect(await rejection(ledger.write({ path: at(name), content: 'result' }))).to.match(
        /txt to be free, or a result of this program to replace but received a f.*choose another folder or name/,
      );
    }
    expect(['edited.txt', 'own.txt', 'link.txt'].map((name) => readFileSync(at(name), 'utf8'))).to.deep.equal([
      'edited',
      'mine',
      'mine',
    ]);
  });

  it('feature: results are known with what they were made from, other formats of the same added', async () => {
    const at = make('results');
    writeFileSync(at('image'), 'pixels');
    const image = await seen(at('image'));
    const ledger = await openLedger(at('.'));
    const result = { input: at('image'), image, made: 'so', name: 'image' };
    for (const file of ['image.png', 'image.json']) {
      await ledger.write({ path: at(file), content: file });
      await ledger.record(result, [at(file)]);
    }
    const again = (await openLedger(at('.'))).resultOf(at('image'));
    expect(Object.keys(again!.files)).to.deep.equal(['image.png', 'image.json']);
    await ledger.record({ ...result, made: 'otherwise' }, [at('image.png')]);
    const other = (await openLedger(at('.'))).resultOf(at('image'));
    expect([other!.made, Object.keys(other!.files)]).to.deep.equal(['otherwise', ['image.png']]);
  });

  it('exception: names that lead out of the folder stand for nothing', async () => {
    const at = make('strangers');
    writeFileSync(at('image'), 'pixels');
    const image = await seen(at('image'));
    for (const name of ['../../evil', '..', '', 'a/b', '/evil', 'a\0b']) {
      const lines = [
        { input: at('image'), image, made: 'so', name, files: {} },
        { input: at('image'), image, made: 'so', name: 'image', files: { [name]: image } },
        { file: name, size: image.size, sha256: image.sha256 },
      ];
      writeFileSync(at(ledgerName), lines.map((line) => JSON.stringify(line)).join('\n'));
      const ledger = await openLedger(at('.'));
      expect([ledger.resultOf(at('image')), await ledger.owns(name)], name).to.deep.equal([undefined, false]);
    }
  });

  it('feature: files of one kind are told by their content', async () => {
    const at = make('kinds');
    const isResult = (text: string) => isJsonWith(text, ['a', 'b']);
    writeFileSync(at('result.json'), '{"a": 1, "b": 2}');
    expect(await refuseForeignFile(at('new.json'), isResult)).to.equal(false);
    expect(await refuseForeignFile(at('result.json'), isResult)).to.equal(true);
    for (const text of ['{"a": 1, "c": {"b": 1}}', 'null', '[]', 'words', '']) {
      writeFileSync(at('other.json'), text);
      expect(await rejection(refuseForeignFile(at('other.json'), isResult))).to.match(/a file that it did not make/);
    }
  });
});
