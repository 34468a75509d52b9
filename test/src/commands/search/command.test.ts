import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../node/temporaryFolder.js';
import { buildCommand, weldon } from '../builtCommand.js';

describe('weldon search, the command', () => {
  const folder = temporaryFolder();
  before(buildCommand);

  it('smoke: a collection in a zip file is searched; that it has no files is no news', () => {
    const photos = fileURLToPath(new URL('../../../../demos/photos/', import.meta.url));
    const zip = folder.path('own.zip');
    expect(weldon(['index', photos, '--out', folder.path('own'), '--collection', zip]).code).to.equal(0);
    const { code, stdout } = weldon(['search', zip, `${photos}cat.jpg`, '--windows', '0', '--top', '1']);
    expect([code, stdout]).to.deep.equal([0, '  1  1.000  cat.jpg  at 0,0,451,300\n']);
  });

  it('exception: what does not go together ends with 2 and a sentence, before anything is opened', () => {
    const cases: [string[], string][] = [
      [[], 'Expected one of an image or --like, --evaluate, --duplicates, --learn and --forget but received none'],
      [['--unlike', 'a.jpg'], 'but received none'],
      [['a.jpg', '--duplicates'], 'but received an image or --like and --duplicates'],
      [['a.jpg', '--label', 'kind'], 'Expected --label to be with --duplicates'],
      [['--duplicates', '--out', 'page'], 'Expected only --label, --json with --duplicates but received --out'],
      [['--evaluate', 'truth.csv', '--top', '3'], 'with --evaluate but received --top'],
      [['--learn', 'likes.jsonl', '--windows', '1'], 'Expected only --json with --learn but received --windows'],
      [['--forget', '--boxes'], 'with --forget but received --boxes'],
    ];
    for (const [args, sentence] of cases) {
      const { code, stdout, stderr } = weldon(['search', 'nowhere', ...args]);
      expect([code, stdout], args.join(' ')).to.deep.equal([2, '']);
      expect(stderr).to.contain(`weldon: `).and.contain(sentence).and.contain('(weldon --help tells more)');
    }
  });

  it('exception: a collection in a zip file keeps nothing that is learnt', () => {
    for (const args of [['--learn', 'likes.jsonl'], ['--forget']]) {
      const { code, stderr } = weldon(['search', 'chairs.zip', ...args]);
      expect(code).to.equal(1);
      expect(stderr).to.contain("Expected chairs.zip to be a catalogue's folder, which keeps what is learnt");
    }
  });
});
