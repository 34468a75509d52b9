/** Images of one row of grey, byte by byte, in forms that no encoder at hand writes. */
import { crc32, deflateSync } from 'node:zlib';

type Tag = readonly [tag: number, type: number, count: number, value: number];

/** A TIFF file of one row of grey: `bits` a pixel, as unsigned or signed whole numbers or floats; `more` tags. */
export function tinyTiff(
  values: readonly number[],
  bits: 8 | 16 | 32 | 64,
  kind: 'uint' | 'int' | 'float',
  more: readonly Tag[] = [],
): Buffer {
  const bytes = bits / 8;
  const data = Buffer.alloc(values.length * bytes);
  values.forEach((value, i) => {
    if (kind === 'float') {
      (bits === 64 ? data.writeDoubleLE : data.writeFloatLE).call(data, value, i * bytes);
    } else {
      (kind === 'int' ? data.writeIntLE : data.writeUIntLE).call(data, value, i * bytes, bytes);
    }
  });
  const format = { uint: 1, int: 2, float: 3 }[kind];
  const count = 10 + more.length;
  const start = 8 + 2 + 12 * count + 4;
  const tags: Tag[] = [
    [256, 3, 1, values.length],
    [257, 3, 1, 1],
    [258, 3, 1, bits],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, start],
    [277, 3, 1, 1],
    [278, 3, 1, 1],
    [279, 4, 1, data.length],
    [339, 3, 1, format],
    ...more,
  ];
  const head = Buffer.alloc(start);
  head.write('II*');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(count, 8);
  tags.forEach(([tag, type, length, value], i) => {
    const at = 10 + 12 * i;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(length, at + 4);
    head.writeUInt32LE(value, at + 8);
  });
  return Buffer.concat([head, data]);
}

const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
const xyz = (x: number, y: number, z: number) => {
  const bytes = Buffer.alloc(12);
  [x, y, z].forEach((value, i) => bytes.writeInt32BE(Math.round(value * 65536), 4 * i));
  return bytes;
};

/** A colour profile (ICC, version 2) of grey with this gamma. */
export function grayProfile(gamma: number): Buffer {
  const curve = Buffer.from([0, 0, 0, 1, gamma, 0]);
  const description = Buffer.concat([Buffer.from([0, 0, 0, 5]), Buffer.from('gray\0'), Buffer.alloc(78)]);
  const white = xyz(0.9642, 1, 0.8249);
  const tags: [string, Buffer][] = [
    ['desc', Buffer.concat([Buffer.from('desc\0\0\0\0'), description])],
    ['cprt', Buffer.from('text\0\0\0\0none\0')],
    ['wtpt', Buffer.concat([Buffer.from('XYZ \0\0\0\0'), white])],
    ['kTRC', Buffer.concat([Buffer.from('curv\0\0\0\0'), curve])],
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  let offset = 128 + table.length;
  const parts = tags.map(([name, bytes], i) => {
    table.write(name, 4 + 12 * i);
    table.writeUInt32BE(offset, 8 + 12 * i);
    table.writeUInt32BE(bytes.length, 12 + 12 * i);
    offset += padded(bytes).length;
    return padded(bytes);
  });
  const head = Buffer.alloc(128);
  head.writeUInt32BE(offset, 0);
  head.writeUInt32BE(0x02400000, 8);
  head.write('mntrGRAYXYZ ', 12);
  head.write('acsp', 36);
  white.copy(head, 68);
  return Buffer.concat([head, table, ...parts]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** A PNG file of one row of grey, 0–255, with a colour profile; 16 bits hold the same grey. */
export function grayPng(values: readonly number[], bits: 8 | 16, profile: Buffer): Buffer {
  const row = values.flatMap((value) => (bits === 8 ? [value] : [value, value]));
  return grayRow(row, bits, chunk('iCCP', Buffer.concat([Buffer.from('gray\0\0'), deflateSync(profile)])));
}

/** A PNG file of one row of grey with 16 bits a pixel of which so many are significant. */
export function significantPng(values: readonly number[], significant: number): Buffer {
  const row = values.flatMap((value) => [value >> 8, value & 255]);
  return grayRow(row, 16, chunk('sBIT', Buffer.from([significant])));
}

function grayRow(row: readonly number[], bits: 8 | 16, more: Buffer): Buffer {
  const header = Buffer.from([0, 0, 0, (8 * row.length) / bits, 0, 0, 0, 1, bits, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    more,
    chunk('IDAT', deflateSync(Buffer.from([0, ...row]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
