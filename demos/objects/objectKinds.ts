import { readFile } from 'node:fs/promises';

/** What is to be found, ten kinds in six forms each; codes are Unicode's, which name the files of the emoji. */
export const objectKinds: Readonly<Record<string, readonly string[]>> = {
  bag: ['1f45c', '1f392', '1f45d', '1f4bc', '1f45b', '1f9f3'],
  ball: ['26bd', '1f3c0', '1f3c8', '26be', '1f3be', '1f3d0'],
  clock: ['23f0', '231a', '1f570-fe0f', '23f1-fe0f', '23f2-fe0f', '231b'],
  fruit: ['1f34e', '1f34c', '1f34a', '1f347', '1f353', '1f350'],
  hat: ['1f3a9', '1f9e2', '1f452', '1f393', '26d1-fe0f', '1fa96'],
  instrument: ['1f3b8', '1f3bb', '1f3ba', '1f941', '1f3b7', '1fa95'],
  shoe: ['1f45f', '1f460', '1f45e', '1f97e', '1f462', '1f97f'],
  sweets: ['1f370', '1f382', '1f369', '1f36a', '1f9c1', '1f36d'],
  tool: ['1f528', '1f527', '1fa9a', '1fa9b', '26cf-fe0f', '1fa93'],
  vegetable: ['1f955', '1f966', '1f33d', '1f346', '1f952', '1f345'],
};

/** What lies about besides: household things of none of those kinds. */
export const distractors: readonly string[] = [
  '1fa91',
  '1f6cb-fe0f',
  '1f6cf-fe0f',
  '1f5bc-fe0f',
  '1fa9e',
  '1f6aa',
  '1f9fa',
  '1f5d1-fe0f',
  '1f4e6',
  '1f4da',
  '1f56f-fe0f',
  '1f4a1',
  '1f9f8',
  '1f9ef',
  '1f4f7',
  '1f4f1',
  '1f4bb',
  '260e-fe0f',
  '1f511',
  '2702-fe0f',
  '1fab4',
  '1f335',
  '1f9f9',
  '1faa3',
  '1f388',
  '1f381',
  '1f9fb',
  '1f9fc',
  '2615',
  '1f6bf',
];

/** Rooms, by the names of their panoramas. */
export const rooms: readonly string[] = ['apartment', 'hall', 'lab', 'lobby', 'studio', 'warehouse', 'workshop'];

/** A thing that can be looked for. */
export interface EmojiObject {
  /** of Unicode, which names its file */
  code: string;
  name: string;
  /** `animals`, `plants`, `food`, `clothes`, `vehicles`, `music and sport`, `things` */
  group: string;
}

/** All things but the distractors, those of the ten kinds among them. */
export async function allObjects(): Promise<EmojiObject[]> {
  const text = await readFile(new URL('objects.csv', import.meta.url), 'utf8');
  const [, ...lines] = text.trim().split('\n');
  return lines.map((line) => {
    const [code, name, group] = line.split(',');
    return { code, name, group };
  });
}
