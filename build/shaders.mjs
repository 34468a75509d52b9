/**
 * GLSL and WGSL in the built files as their authors wrote them, but shorter: a bundler leaves text as it is. Comments and
 * blanks that mean nothing go, and names that a shader gives to its own things become a letter or two.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const { SyntaxKind } = ts;
const templateParts = new Set([
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
]);

/** The pieces of text between backticks and `${…}`, as `[start, end]`, and the words of all other texts. */
function readTexts(source) {
  const pieces = [];
  const words = new Set();
  const visit = (node) => {
    if (templateParts.has(node.kind)) {
      pieces.push([node.getStart() + 1, node.end - (node.getText().endsWith('${') ? 2 : 1)]);
    } else if (node.kind === SyntaxKind.StringLiteral) {
      (node.text.match(/\w+/g) ?? []).forEach((word) => words.add(word));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('shader.ts', source, ts.ScriptTarget.ES2022, true));
  return { pieces, words };
}

/** A piece without comments and superfluous blanks. At its ends, where it is not known what follows, one blank stays. */
function withoutBlanks(piece) {
  return (
    piece
      .replace(/\/\*[^]*?\*\//g, ' ')
      .replace(/\/\/.*/g, '')
      // A directive ends with its line; a type's `> =` is no comparison.
      .replace(/^ *(#.*)\n/gm, '\0$1\0')
      .replace(/\s+/g, ' ')
      .replace(/> (?==)/g, '>\x01')
      .replace(/ ?([;,(){}[\]?:<>=!&|^~*/%]) ?/g, '$1')
      .replace(/(?<=[^ +-]) ?([+-]) ?(?=[^ +-])/g, '$1')
      .replace(/\x01/g, ' ')
      .replace(/ ?\0 ?/g, '\n')
  );
}

/** What shaders declare: functions, variables and parameters, whatever the language. */
const declarations =
  /\b(?:float|int|uint|bool|[biu]?vec[234]|void|let|var|fn|const|struct|var<workgroup>) +([A-Za-z]\w{2,})|\b([A-Za-z]\w{2,}) +: /g;
const word = /(?<![\w.])[A-Za-z]\w{2,}/g;

const capital = (i) => String.fromCharCode(65 + i);

/** A capital, or a small letter and a capital: no name of either language, and none of TensorFlow.js. */
function shortName(i) {
  return i < 26 ? capital(i) : capital((i - 26) % 26).toLowerCase() + capital(Math.floor(i / 26) - 1);
}

/**
 * Shorter names for what a room's shaders declare. A name keeps its length where it could be more than that: where it is
 * also the name of a field, is said in a text that is no shader (inputs, uniforms, what others are to declare), or touches
 * a `${…}`, which may add to it.
 */
function shorterNames(texts, kept) {
  const whole = texts.join('\n');
  const uses = new Map();
  (whole.match(word) ?? []).forEach((name) => uses.set(name, (uses.get(name) ?? 0) + 1));
  const declared = new Set(Array.from(whole.matchAll(declarations), ([, first, second]) => first ?? second));
  const fixed = new Set([...kept, 'main', ...Array.from(whole.matchAll(/\.([A-Za-z]\w*)/g), ([, field]) => field)]);
  for (const text of texts) {
    (text.match(/^\w+|\w+$/g) ?? []).forEach((touching) => fixed.add(touching));
  }
  return new Map(
    [...declared]
      .filter((name) => !fixed.has(name))
      .sort((a, b) => uses.get(b) - uses.get(a))
      .map((name, i) => [name, shortName(i)]),
  );
}

/**
 * Makes the shaders of a room's files smaller.
 *
 * @param files the sources of one folder, which share functions and names
 */
export function smallerShaders(files) {
  const read = files.map(readTexts);
  const texts = read.flatMap(({ pieces }, i) =>
    pieces.map(([start, end]) => withoutBlanks(files[i].slice(start, end))),
  );
  const names = shorterNames(texts, new Set(read.flatMap(({ words }) => [...words])));
  return files.map((source, i) => {
    let result = '';
    let at = 0;
    for (const [start, end] of read[i].pieces) {
      result += source.slice(at, start);
      result += withoutBlanks(source.slice(start, end)).replace(word, (name) => names.get(name) ?? name);
      at = end;
    }
    return result + source.slice(at);
  });
}

/** The sources of a folder, by path, with smaller shaders: of built files, or of those they are built from. */
export function smallerRoom(folder) {
  const paths = readdirSync(folder)
    .filter((name) => /(?<!\.d)\.[jt]s$/.test(name))
    .map((name) => join(folder, name));
  const smaller = smallerShaders(paths.map((path) => readFileSync(path, 'utf8')));
  return new Map(paths.map((path, i) => [path, smaller[i]]));
}
