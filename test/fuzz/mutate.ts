/** Seeded damage: the same seed damages the same bytes on every machine. */
import { mixSeeds, randomBits } from '../../src/random.js';

/** Whole numbers from a seed. */
export interface Draw {
  /** from 0 to `count` − 1 */
  below(count: number): number;
  of<T>(list: readonly T[]): T;
  /** true once in `n` times */
  oneIn(n: number): boolean;
  bytes(count: number): Uint8Array;
}

export function drawFrom(...seeds: number[]): Draw {
  const bits = randomBits(mixSeeds(...seeds));
  const below = (count: number) => (count <= 1 ? 0 : bits() % count);
  return {
    below,
    of: (list) => list[below(list.length)],
    oneIn: (n) => below(n) === 0,
    bytes: (count) => Uint8Array.from({ length: count }, () => bits() & 255),
  };
}

/** Headers stand at the beginning, lists of contents at the end: most places drawn are near one of them. */
function place(draw: Draw, length: number): number {
  switch (draw.below(4)) {
    case 0:
      return draw.below(Math.min(64, length));
    case 1:
      return draw.below(Math.min(512, length));
    case 2:
      return Math.max(0, length - 1 - draw.below(Math.min(160, length)));
    default:
      return draw.below(length);
  }
}

const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

function damageOnce(draw: Draw, bytes: Uint8Array): Uint8Array {
  const at = place(draw, bytes.length);
  const run = Math.min(bytes.length - at, 1 + draw.below(draw.oneIn(4) ? 400 : 12));
  const changed = Uint8Array.from(bytes);
  switch (draw.below(10)) {
    case 0:
      changed[at] ^= 1 << draw.below(8);
      return changed;
    case 1:
      changed[at] = draw.of([0, 1, 0x7f, 0x80, 0xff]);
      return changed;
    case 2: {
      const view = new DataView(changed.buffer);
      if (at + 4 <= changed.length) {
        const value = draw.of([0, 1, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, draw.below(2 ** 32)]);
        view.setUint32(at, value, draw.oneIn(2));
      }
      return changed;
    }
    case 3:
      return bytes.slice(0, at);
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(at + run));
    case 5:
      return joined(bytes.subarray(0, at), draw.bytes(run), bytes.subarray(at));
    case 6:
      return joined(bytes.subarray(0, at + run), bytes.subarray(at));
    case 7: {
      const other = place(draw, bytes.length);
      changed.set(bytes.subarray(other, other + Math.min(run, bytes.length - other)).slice(0, run), at);
      return changed;
    }
    case 8:
      return changed.fill(draw.of([0, 0xff]), at, at + run);
    default:
      return joined(bytes, draw.bytes(run));
  }
}

/** Bytes with one to four damages. */
export function damaged(draw: Draw, bytes: Uint8Array): Uint8Array {
  let result = bytes;
  for (let left = 1 + draw.below(4); left > 0 && result.length > 0; left--) {
    result = damageOnce(draw, result);
  }
  return result;
}

/** Stand for what JSON.stringify cannot write. */
const infinite = '@infinite@';
const deep = '@deep@';
const oddNumbers = [0, -1, 0.5, 1, 2, 255, 65536, 2 ** 31, 2 ** 53, -1e9, 1e308, 1e-320];
const oddTexts = [
  '',
  ' ',
  '../../x',
  '/etc/passwd',
  '\u001b[2J',
  '\u0000',
  '__proto__',
  'NaN',
  'null',
  'é',
  'é',
  'x'.repeat(5000),
];

function oddValue(draw: Draw): unknown {
  switch (draw.below(8)) {
    case 0:
      return null;
    case 1:
      return draw.oneIn(2);
    case 2:
      return draw.of(oddTexts);
    case 3:
      return [];
    case 4:
      return {};
    case 5:
      return infinite;
    case 6:
      return deep;
    default:
      return draw.of(oddNumbers);
  }
}

type Node = Record<string, unknown> | unknown[];

/** Every object and array of a value. */
function nodesOf(value: unknown): Node[] {
  return typeof value !== 'object' || value === null
    ? []
    : [value as Node, ...Object.values(value).flatMap((inner) => nodesOf(inner))];
}

/** A text of JSON with one to three values, keys or pieces changed. */
export function damagedJson(draw: Draw, json: unknown): Uint8Array {
  const copy = { root: structuredClone(json) };
  for (let left = draw.of([1, 1, 1, 2, 3]); left > 0; left--) {
    const all = nodesOf(copy.root).filter((one) => Object.keys(one).length > 0);
    if (all.length === 0) {
      break;
    }
    const node = draw.of(all) as Record<string, unknown>;
    const numbers = Object.keys(node).filter((name) => typeof node[name] === 'number');
    const key = draw.of(numbers.length > 0 && draw.oneIn(2) ? numbers : Object.keys(node));
    const value = node[key];
    switch (draw.below(6)) {
      case 0:
        delete node[key];
        break;
      case 1:
        node[draw.of([...oddTexts, `${key}s`, 'constructor'])] = value;
        delete node[key];
        break;
      case 2:
        node[key] =
          typeof value === 'number' ? draw.of([value + 1, value * 2, -value, value * 2 ** 20]) : oddValue(draw);
        break;
      case 3: {
        const other = draw.of(all) as Record<string, unknown>;
        const from = draw.of(Object.keys(other));
        node[key] = structuredClone(other[from]);
        break;
      }
      default:
        node[key] = oddValue(draw);
    }
  }
  const levels = draw.of([3, 200, 20_000]);
  const text = JSON.stringify(draw.oneIn(30) ? oddValue(draw) : copy.root)
    .replaceAll(JSON.stringify(infinite), draw.of(['1e999', '-1e999']))
    .replaceAll(JSON.stringify(deep), '['.repeat(levels) + ']'.repeat(levels));
  const bytes = new TextEncoder().encode(text);
  return draw.oneIn(4) ? damaged(draw, bytes) : bytes;
}

/** A table with lines, cells, separators or its encoding changed. */
export function damagedTable(draw: Draw, text: string): Uint8Array {
  let lines = text.split('\n');
  for (let left = draw.of([1, 1, 1, 2, 3]); left > 0; left--) {
    const at = draw.below(lines.length);
    const line = lines[at] ?? '';
    switch (draw.below(9)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(draw.below(lines.length), 0, line);
        break;
      case 2: {
        const cells = line.split(',');
        cells[draw.below(cells.length)] = draw.of([...oddTexts, '1e999', '-1', '"', 'a,b', 'a;b', "['a', 'b']"]);
        lines[at] = cells.join(',');
        break;
      }
      case 3:
        lines = lines.map((one) => one.replaceAll(',', draw.of([';', '\t', '|', ' ', ',,'])));
        break;
      case 4:
        lines[at] = `"${line}`;
        break;
      case 5:
        lines[at] = line.split(',').reverse().join(',');
        break;
      case 6:
        lines[at] = `${line},${draw.of(oddTexts)}`;
        break;
      case 7:
        lines = lines.map((one, i) => (i === 0 ? one : one.replace(/[a-z]/, draw.of(['é', '帽', 'Ä']))));
        break;
      default:
        lines[0] = draw.of(oddTexts);
    }
  }
  const whole = lines.join(draw.of(['\n', '\n', '\r\n', '\r']));
  const bytes = Uint8Array.from(
    draw.of([
      Buffer.from(whole),
      Buffer.from(whole),
      Buffer.from(`\ufeff${whole}`, 'utf16le'),
      Buffer.from(whole, 'latin1'),
    ]),
  );
  return draw.oneIn(4) ? damaged(draw, bytes) : bytes;
}
