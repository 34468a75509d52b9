/** Every code block of the README and the site runs as it is pasted. */
import { expect } from 'chai';
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import pMap from 'p-map';
import { openBrowserOrSkip } from '../browser/openBrowserOrSkip.js';
import type { CodeBlock } from './codeBlocks.js';
import { codeBlocks, includedFiles, pagesWithCode, root } from './codeBlocks.js';
import { follow, serveFolders, untilPrinted } from './openPages.js';
import type { Workplace } from './workplace.js';
import { firstMissing, makeWorkplace } from './workplace.js';

const scripts = new Set(['js', 'ts', 'mjs']);
const all = pagesWithCode().flatMap(codeBlocks);
const placeOf = ({ file, line }: CodeBlock) => `${file}:${line}`;

/** A program: a block, and those below it on its page that go on from it. */
interface Program {
  name: string;
  text: string;
  printed: string[];
}

function programs(): Program[] {
  const found: Program[] = [];
  for (const block of all.filter(({ language }) => scripts.has(language))) {
    if (block.treatment === 'run') {
      found.push({ name: placeOf(block), text: block.text, printed: [...block.printed] });
    } else if (block.treatment === 'more') {
      const last = found.at(-1)!;
      expect(last.name.split(':')[0], `${placeOf(block)} goes on from a block of its page`).to.equal(block.file);
      last.text += block.text;
      last.printed.push(...block.printed);
    }
  }
  return found;
}

const fileName = (place: string) => `${place.replace(/\W+/g, '-')}.mjs`;

describe('code blocks of the README and the site', function () {
  let workplace: Workplace;
  before(async () => {
    workplace = await makeWorkplace();
  });
  after(() => workplace.remove());

  it('say what they are, and what cannot be run says why', () => {
    const known = [...scripts, 'html', 'sh', 'json', 'text', 'python', 'dockerfile', 'yaml'];
    expect(all.filter(({ language }) => !known.includes(language)).map(placeOf)).to.deep.equal([]);
    const skipped = all.filter(({ treatment }) => treatment === 'skip');
    expect(skipped.filter(({ reason }) => reason.split(' ').length < 3).map(placeOf)).to.deep.equal([]);
    const unread = all.filter(
      ({ language, treatment }) => treatment === 'read' && !['sh', 'json', 'text'].includes(language),
    );
    expect(unread.map(placeOf), 'neither run nor told why not').to.deep.equal([]);
    skipped.forEach((block) => console.log(`      not run: ${placeOf(block)} (${block.reason})`));
  });

  it('taken in from files are taken from the examples, which a test runs', () => {
    const included = pagesWithCode().flatMap(includedFiles);
    expect(included.filter((path) => !path.startsWith('examples/'))).to.deep.equal([]);
    expect(included.filter((path) => !existsSync(join(root, 'docs', path)))).to.deep.equal([]);
  });

  it('in JSON are JSON', () => {
    all.filter(({ language }) => language === 'json').forEach(({ text }) => JSON.parse(text));
  });

  it('run in Node', async () => {
    const failed = await pMap(
      programs(),
      async ({ name, text, printed }) => {
        writeFileSync(join(workplace.folder, fileName(name)), text);
        try {
          const output = await workplace.run(process.execPath, [fileName(name)]);
          const missing = firstMissing(printed, output);
          if (missing !== null || /\bNaN\b|not a number|\bundefined\b/.test(output)) {
            return `${name} prints ${output.slice(0, 1500)}${missing === null ? '' : ` without "${missing}"`}`;
          }
          return null;
        } catch (error) {
          return `${name} ${(error as Error).message}`;
        }
      },
      { concurrency: Math.min(4, availableParallelism()) },
    );
    expect(failed.filter((text) => text !== null).join('\n')).to.equal('');
  });

  it('run in a shell', async () => {
    const failed: string[] = [];
    for (const block of all.filter(({ language, treatment }) => language === 'sh' && treatment === 'run')) {
      try {
        const output = await workplace.run('bash', ['-euc', block.text]);
        const missing = firstMissing(block.printed, output);
        if (missing !== null) {
          failed.push(`${placeOf(block)} does not print "${missing}" but ${output.slice(0, 1500)}`);
        }
      } catch (error) {
        failed.push(`${placeOf(block)} ${(error as Error).message}`);
      }
    }
    expect(failed.join('\n')).to.equal('');
  });

  describe('in a browser', function () {
    let browser: Browser;
    before(async function () {
      browser = await openBrowserOrSkip(this);
    });
    after(() => browser?.close());

    async function opened(block: CodeBlock, folder: string): Promise<void> {
      expect(block.printed.length, 'a page says what it prints').to.be.greaterThan(0);
      const served = await serveFolders(folder, workplace.folder, root);
      try {
        const page = await follow(browser, `${served.origin}/`);
        await untilPrinted(page, block.printed);
        expect(page.strangers, 'asked of other hosts').to.deep.equal([]);
        await page.page.close();
      } finally {
        await served.close();
      }
    }

    for (const block of all.filter(({ treatment }) => treatment === 'page')) {
      it(`${placeOf(block)} runs`, async () => {
        const folder = join(workplace.folder, fileName(placeOf(block)).replace('.mjs', ''));
        mkdirSync(folder);
        if (block.language === 'html') {
          writeFileSync(join(folder, 'index.html'), block.text);
        } else {
          writeFileSync(join(folder, 'page.mjs'), block.text);
          await build({
            absWorkingDir: workplace.folder,
            entryPoints: [join(folder, 'page.mjs')],
            outfile: join(folder, 'page.js'),
            bundle: true,
            format: 'esm',
            platform: 'browser',
            target: 'es2022',
            logLevel: 'error',
          });
          const page =
            '<!doctype html><link rel="icon" href="data:,"><body><canvas id="view"></canvas><input id="file" type="file">';
          writeFileSync(join(folder, 'index.html'), `${page}<script type="module" src="page.js"></script>`);
        }
        await opened(block, folder);
      });
    }
  });
});

describe('pages of the site', () => {
  it('are all in the side bar', () => {
    const config = readFileSync(join(root, 'docs/.vitepress/config.mjs'), 'utf8');
    const pages = pagesWithCode().filter((name) => name.startsWith('docs/') && name !== 'docs/index.md');
    const links = pages.map((name) => `link: '/${name.slice('docs/'.length, -'.md'.length)}'`);
    expect(links.filter((link) => !config.includes(link))).to.deep.equal([]);
  });
});
