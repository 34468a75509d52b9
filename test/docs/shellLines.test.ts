/** Shell lines of the documentation: commands and options that are there. */
import { expect } from 'chai';
import { Command } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks, pagesWithCode, root } from './codeBlocks.js';

interface Line {
  place: string;
  words: string[];
}

/** The words of a line as a shell has them: quotes taken off, no comment, a backslash joins lines. */
function wordsOf(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|#.*$|[^\s"']+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return (comment === -1 ? words : words.slice(0, comment)).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

const lines: Line[] = pagesWithCode()
  .flatMap(codeBlocks)
  .filter(({ language }) => language === 'sh')
  .flatMap(({ file, line, text }) =>
    text
      .replace(/\\\n\s*/g, ' ')
      .split('\n')
      .flatMap((each) => each.split(/ (?:&&|\|) /))
      .map((each) => ({ place: `${file}:${line}: ${each}`, words: wordsOf(each) })),
  )
  .filter(({ words }) => words.length > 0);

const { scripts, dependencies, devDependencies, peerDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Record<string, Record<string, string>>;

/** Words in front of a program: variables, npx. */
const bare = (words: string[]) => words.slice(words.findIndex((word) => word !== 'npx' && !/^\w+=/.test(word)));

describe('shell lines of the documentation', () => {
  it('begin with programs that are known', () => {
    const known = [
      'weldon',
      'npm',
      'node',
      'pip',
      'python',
      'curl',
      'cat',
      'ls',
      'mkdir',
      'cp',
      'cd',
      'docker',
      'export',
    ];
    expect(lines.filter(({ words }) => !known.includes(bare(words)[0])).map(({ place }) => place)).to.deep.equal([]);
  });

  it('name scripts of package.json, and packages that it knows by the same versions', () => {
    const wrong: string[] = [];
    for (const { place, words } of lines.map((line) => ({ ...line, words: bare(line.words) }))) {
      if (words[0] === 'npm' && words[1] === 'run' && scripts[words[2]] === undefined) {
        wrong.push(place);
      }
      if (words[0] === 'npm' && words[1] === 'install') {
        for (const word of words.slice(2).filter((name) => !name.startsWith('-') && name !== 'tfjs-weldon')) {
          const [, name, version] = /^(@?[^@]+)(?:@(.*))?$/.exec(word)!;
          const range = devDependencies[name] ?? peerDependencies[name] ?? dependencies[name];
          if (range === undefined || (version !== undefined && !range.includes(version))) {
            wrong.push(`${place} (${word})`);
          }
        }
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it('give weldon options that it has', async () => {
    // Options are read by the real program; what it would do then is left out.
    const action = Object.getOwnPropertyDescriptor(Command.prototype, 'action')!;
    const write = process.stderr.write.bind(process.stderr);
    const { exitCode } = process;
    const told: string[] = [];
    const wrong: string[] = [];
    try {
      Command.prototype.action = function (this: Command) {
        return (action.value as Command['action']).call(this, () => undefined);
      };
      process.stderr.write = ((text: string) => told.push(text) > 0) as typeof process.stderr.write;
      const { runCommandLine } = await import('../../src/commands/program.js');
      const calls = lines
        .map((line) => ({ ...line, words: bare(line.words) }))
        .filter(({ words }) => words[0] === 'weldon');
      expect(calls.length).to.be.greaterThan(10);
      for (const { place, words } of calls.filter(({ words }) => !words.includes('--help'))) {
        process.exitCode = 0;
        told.length = 0;
        await runCommandLine(['node', ...words]);
        if (process.exitCode !== 0) {
          wrong.push(`${place}: ${told.join('')}`);
        }
      }
    } finally {
      process.stderr.write = write;
      Object.defineProperty(Command.prototype, 'action', action);
      process.exitCode = exitCode;
    }
    expect(wrong).to.deep.equal([]);
  });

  it('name files of the checkout where they say so', () => {
    const files = lines.flatMap(({ words }) => words.filter((word) => /^(demos|scripts|docs)\//.test(word)));
    expect(files.filter((file) => !existsSync(join(root, file)))).to.deep.equal([]);
  });
});
