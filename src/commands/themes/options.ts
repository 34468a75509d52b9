import type { z } from 'zod';
import { z as zod } from 'zod';
import type { TagWeight } from '../../tagging/themes.js';
import * as check from '../checkOptions.js';

export interface ThemeFilesOptions {
  /** The `tags.json` of `weldon tag`. */
  tags: string;
  /** Folder for the results. Default `'themes'`. */
  out?: string;
  /** Themes; default 30, or as many as images or tags where those are fewer. */
  themes?: number;
  /** What a tag of probability p weighs: √p, p or 1. Default `'sqrt'`, which measured best. */
  weight?: TagWeight;
  /** Images shown per theme. Default 12. */
  shown?: number;
  /** JSON file of names by the words that themes were named by. Default: `names.json` in `out`, where it is. */
  names?: string;
  /** The `themes.json` of an earlier run, whose themes stay: the images are projected on them. */
  apply?: string;
  /** Takes sentences about what is left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
}

export const themeOptions = {
  tags: check.text(),
  out: check.text().optional(),
  themes: check.wholeNumber(1).optional(),
  weight: check.oneOf(['sqrt', 'p', 'binary']).optional(),
  shown: check.wholeNumber(0, 100).optional(),
  names: check.text().optional(),
  apply: check.text().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
} satisfies { [K in keyof Required<ThemeFilesOptions>]: z.ZodType<ThemeFilesOptions[K]> };

const schema = zod.strictObject(themeOptions).superRefine(({ apply, ...rest }, context) => {
  const odd = (['themes', 'weight', 'shown', 'names'] as const).find((name) => rest[name] !== undefined);
  if (apply !== undefined && odd !== undefined) {
    const params = { received: 'both: themes that are applied stay as they are' };
    context.addIssue({ code: 'custom', path: [odd], message: 'used without apply', params });
  }
});

/** @throws WeldonError for an unknown option, with the nearest names, and for one out of range */
export function checkThemeOptions(options: ThemeFilesOptions): void {
  check.checkOptions(schema, options, { owner: 'themeFiles', kind: 'options of themes' });
}
