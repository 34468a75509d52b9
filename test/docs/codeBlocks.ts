/** The code of the site and the README: what stands between fences, and what its info words say of it. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * How a block is tested, the word behind its language:
 * - `run`: run as it stands, JavaScript in Node, a shell's lines in a shell;
 * - `more`: run behind the block above it, in the same program;
 * - `page`: run in a browser, JavaScript bundled first;
 * - `skip`, and the reason: it cannot be run here;
 * - none: JSON is parsed, shell lines are read by the real programs' options, `text` is what a program printed.
 */
export type Treatment = 'run' | 'more' | 'page' | 'skip' | 'read';

export interface CodeBlock {
  /** of the repository */
  file: string;
  /** of its fence */
  line: number;
  language: string;
  treatment: Treatment;
  /** what stands behind `skip` */
  reason: string;
  text: string;
  /** what the block says that it prints, line by line: its comments that begin with an arrow */
  printed: string[];
}

/** The README and the pages that are written by hand. */
export function pagesWithCode(): string[] {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `docs/${name}`)];
}

/** Languages that only a container engine can run. */
const containers = ['dockerfile', 'yaml'];
const noContainers = ['skip', 'there is no container engine here'];

function readBlock(file: string, line: number, info: string, text: string): CodeBlock {
  const [name, ...words] = info.trim().split(/\s+/);
  const language = name === '' ? 'text' : name;
  const [word, ...reason] = words.length > 0 ? words : containers.includes(language) ? noContainers : ['read'];
  if (!['run', 'more', 'page', 'skip', 'read'].includes(word)) {
    throw new Error(`${file}:${line}: the word "${word}" behind a fence means nothing (${basename(import.meta.url)})`);
  }
  const printed = [...text.matchAll(/(?:\/\/|#) → (.*)$/gm)].map(([, words]) => words.trim());
  return { file, line, language, treatment: word as Treatment, reason: reason.join(' '), text, printed };
}

/** All blocks of a page. */
export function codeBlocks(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { line: number; info: string; lines: string[] } | null = null;
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .forEach((text, i) => {
      const fence = /^\s*```(.*)$/.exec(text);
      if (fence === null) {
        open?.lines.push(text);
      } else if (open === null) {
        open = { line: i + 1, info: fence[1], lines: [] };
      } else {
        blocks.push(readBlock(file, open.line, open.info, `${open.lines.join('\n')}\n`));
        open = null;
      }
    });
  if (open !== null) {
    throw new Error(`${file} ends within a block of code`);
  }
  return blocks;
}

/** Files that a page takes in by `<<< ./file`. */
export function includedFiles(file: string): string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(/^<<< \.\/(\S+?)(?:[{#].*)?$/gm)].map(([, path]) => path);
}
