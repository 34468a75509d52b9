import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const floors = JSON.parse(readFileSync(`${root}build/floors.json`, 'utf8')) as string[][];
const faces = ['src/index.ts', 'src/index.node.ts', 'src/onnx/index.ts', 'src/search/index.ts', 'src/tagging/index.ts'];

/** The sources of the house: what AssemblyScript compiles has another language, under the same ending. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'kernels', 'demos'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.includes('/assembly/') && existsSync(root + file));

interface Arrow {
  from: string;
  /** a file of the house, or the name of a package */
  to: string;
}

/** Every import and re-export, of types too, also those made while running. */
const arrows: Arrow[] = files.flatMap((from) =>
  ts
    .preProcessFile(readFileSync(root + from, 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => ({
      from,
      to: fileName.startsWith('.') ? posix.join(posix.dirname(from), fileName).replace(/\.js$/, '.ts') : fileName,
    })),
);
const within = arrows.filter(({ to }) => files.includes(to));
const targets = new Map(files.map((file) => [file, within.filter(({ from }) => from === file).map(({ to }) => to)]));
const show = ({ from, to }: Arrow) => `${from} → ${to}`;

function floorOf(file: string): number {
  return floors.findIndex((rooms) => rooms.some((room) => file === room || file.startsWith(`${room}/`)));
}

/** Groups of files that import one another in a circle (Tarjan's algorithm). */
function circles(): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.size - 1);
    stack.push(file);
    for (const next of targets.get(file) ?? []) {
      if (!order.has(next)) {
        visit(next);
      }
      if (stack.includes(next)) {
        lowest.set(file, Math.min(lowest.get(file) as number, lowest.get(next) as number));
      }
    }
    if (lowest.get(file) === order.get(file)) {
      const circle = stack.splice(stack.indexOf(file));
      if (circle.length > 1) {
        found.push(circle);
      }
    }
  };
  files.filter((file) => !order.has(file)).forEach(visit);
  return found;
}

/** A file with all that it imports, directly or not: files and packages. */
function reach(file: string): Set<string> {
  const reached = new Set([file]);
  for (const next of reached) {
    arrows.filter(({ from }) => from === next).forEach(({ to }) => reached.add(to));
  }
  return reached;
}

describe('architecture', () => {
  it('has no circles of imports, type imports included', () => {
    expect(circles()).to.deep.equal([]);
  });

  it('every file stands on a floor, and imports point downwards', () => {
    expect(files.filter((file) => floorOf(file) === -1)).to.deep.equal([]);
    expect(within.filter(({ from, to }) => floorOf(to) > floorOf(from)).map(show)).to.deep.equal([]);
  });

  it('imports name files that are there', () => {
    const lost = arrows.filter(({ to }) => /^(src|kernels|demos)\/.*\.ts$/.test(to) && !files.includes(to));
    expect(lost.filter(({ to }) => !existsSync(root + to)).map(show)).to.deep.equal([]);
  });

  it('demos take the faces, and nothing behind them', () => {
    const reaches = within.filter(
      ({ from, to }) => from.startsWith('demos/') && !to.startsWith('demos/') && !faces.includes(to),
    );
    expect(reaches.map(show)).to.deep.equal([]);
  });

  it('the face of the browser reaches nothing of Node', () => {
    const reached = [...reach('src/index.ts')];
    const ofNode = (name: string) => /^node:|^src\/(node|commands)\//.test(name);
    expect(reached.filter(ofNode)).to.deep.equal([]);
    const packages = reached.filter((name) => !name.endsWith('.ts'));
    expect(packages.filter((name) => !/^(@tensorflow\/|d3-)/.test(name))).to.deep.equal([]);
  });

  it('the faces of subpaths reach nothing of Node either', () => {
    const reached = faces.filter((face) => face !== 'src/index.node.ts').flatMap((face) => [...reach(face)]);
    expect(reached.filter((name) => /^node:|^src\/(node|commands)\//.test(name))).to.deep.equal([]);
  });

  it('only src/node and src/commands check with zod', () => {
    const uses = arrows.filter(({ to }) => to === 'zod' || to.startsWith('zod/'));
    expect(uses.filter(({ from }) => !/^src\/(node|commands)\//.test(from)).map(show)).to.deep.equal([]);
  });

  it('folders are small, files are short, and few', () => {
    const folders = new Map<string, number>();
    files.forEach((file) => folders.set(posix.dirname(file), (folders.get(posix.dirname(file)) ?? 0) + 1));
    expect([...folders].filter(([, count]) => count > 20)).to.deep.equal([]);
    const long = files
      .filter((file) => !file.includes('/generated/'))
      .map((file) => [file, readFileSync(root + file, 'utf8').split('\n').length - 1] as const)
      .filter(([, lines]) => lines > 350);
    expect(long).to.deep.equal([]);
    // What all pages share, search, tags, export and scale-out are wings of their own: their folders are bounded above, the house without them here.
    const wings =
      /^src\/(onnx|search|tagging)\/|^src\/node\/(vectorStores|bake|queue|server)\/|^demos\/(page|search|travel|wide-resnets)\//;
    const verbs = /^src\/commands\/(export|index|search|serve|tag|themes|recommend|bake|worker)\//;
    expect(files.filter((file) => !wings.test(file) && !verbs.test(file)).length).to.be.at.most(475);
  });
});
