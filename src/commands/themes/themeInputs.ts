/** Files that themes are made of, checked: tags of images, themes of an earlier run, names. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { expectedInWords } from '../../errors.js';
import { readJsonFile } from '../../node/readText.js';
import { seenFrom } from '../report/format.js';
import type { TaggedImage, Themes } from '../../tagging/themes.js';

const longest = 2 ** 30;

async function readJson<T>(path: string, what: string, schema: z.ZodType<T>): Promise<T> {
  const value = await readJsonFile(path, what, longest);
  const { success, data, error } = schema.safeParse(value);
  if (!success) {
    const at = error.issues[0].path.join('.');
    throw expectedInWords(path, what, at === '' ? 'another value' : `another, with ${at} missing or of another kind`);
  }
  return data;
}

const probability = z.number().min(0).max(1);
const tagsFile = z.looseObject({
  weldonTags: z.literal(1),
  images: z.array(
    z.looseObject({ image: z.string(), tags: z.array(z.looseObject({ tag: z.string().min(1), p: probability })) }),
  ),
});

/**
 * Images with their tags, as `weldon tag` writes them.
 *
 * @param out where paths are seen from
 */
export async function readTags(path: string, out: string): Promise<TaggedImage[]> {
  const { images } = await readJson(path, 'a tags.json of weldon tag', tagsFile);
  if (images.length === 0) {
    throw expectedInWords(`the images of ${path}`, 'one or more', 'none');
  }
  const from = dirname(resolve(path));
  return images.map(({ image, tags }) => ({
    image: seenFrom(out, resolve(from, image)),
    tags: tags.map(({ tag, p }) => ({ tag, p })),
  }));
}

const positive = z.number().min(0);
const themesFile = z.looseObject({
  weldonThemes: z.literal(1),
  weight: z.enum(['sqrt', 'p', 'binary']),
  loss: z.enum(['frobenius', 'kullbackLeibler']),
  themes: z
    .array(
      z.looseObject({
        name: z.string(),
        words: z.string(),
        share: positive,
        tags: z.array(z.object({ tag: z.string(), weight: positive })).min(1),
        images: z.array(z.object({ image: z.string(), score: positive })),
      }),
    )
    .min(1),
});

/** Themes of an earlier run. */
export const readThemes = (path: string): Promise<Themes> =>
  readJson(path, 'a themes.json of weldon themes', themesFile);

/** Names by the words of themes, but for those left empty. */
export async function readNames(path: string): Promise<Record<string, string>> {
  const names = await readJson(path, 'a JSON file of names by the words of themes', z.record(z.string(), z.string()));
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name.trim() !== ''));
}
