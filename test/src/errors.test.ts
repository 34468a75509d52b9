import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { expected, expectedInWords, visible, visibleLines, WeldonError } from '../../src/errors.js';
import { progressLine } from '../../src/commands/progress.js';

describe('what goes to a terminal', () => {
  const evil = 'a\u001b[2J\u009b31m\u0007\u202egpj\r\nb';
  const shown = 'a\\u001b[2J\\u009b31m\\u0007\\u202egpj\\u000d\\u000ab';

  it('feature: characters that a terminal would obey are written out, all others stay', () => {
    expect(visible(evil)).to.equal(shown);
    expect(visible('Hüte 帽子 👩‍🔬 é')).to.equal('Hüte 帽子 👩‍🔬 é');
    expect(visibleLines('a\n\u001bb\n')).to.equal('a\n\\u001bb\n');
    const json = JSON.stringify({ path: evil }, null, 2);
    expect(JSON.parse(visibleLines(json))).to.deep.equal({ path: evil });
    expect(visibleLines(json)).to.contain('\\u009b');
  });

  it('feature: error sentences are one line, whatever the names in them', () => {
    expect(expectedInWords(evil, 'an image', evil).message).to.equal(
      `Expected ${shown} to be an image but received ${shown}`,
    );
    expect(expected('x', 'y', '\u009b').message).to.equal('Expected x to be y but received "\\u009b"');
    expect(new WeldonError(evil).message).to.equal(shown);
  });

  it('feature: lines of progress on a terminal hold only its own control characters', () => {
    for (const isTTY of [true, false]) {
      let text = '';
      const stream = Object.assign(
        new Writable({
          write(chunk: Buffer, _, done) {
            text += chunk.toString();
            done();
          },
        }),
        { isTTY, columns: 100 },
      );
      const progress = progressLine(stream);
      progress.show('images', 1, 2, evil);
      progress.say(evil);
      progress.stop();
      expect(text).to.contain(shown).and.not.contain('\u001b[2J').and.not.contain('\u009b');
    }
  });

  it('feature: nothing of the package writes to a terminal past them', () => {
    const root = new URL('../../', import.meta.url).pathname;
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src'], { cwd: root }).toString();
    const past = files
      .split('\n')
      .filter((file) => file.endsWith('.ts') && !/^src\/(node\/notice|commands\/(progress|runProgram))\.ts$/.test(file))
      .filter((file) => {
        const code = readFileSync(root + file, 'utf8').replace(/^\s*(\*|\/\/).*$/gm, '');
        return /process\.std(out|err)\.write|console\.(log|error|warn|info)\(/.test(code);
      });
    expect(past).to.deep.equal([]);
  });
});
