import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { toStderr } from '../../node/notice.js';
import { makeRoomFor } from '../../node/storage/atomicWrite.js';
import { lockRun, resultsLock } from '../../node/storage/lock.js';
import { openLedger } from '../../node/storage/ownFiles.js';
import { cooccurrence } from '../../tagging/cooccurrence.js';
import type { Cooccurrence } from '../../tagging/cooccurrence.js';
import { renameThemes, scoresInThemes, tagMatrix, themeShares, themesOf } from '../../tagging/themes.js';
import type { TaggedImage, Themes } from '../../tagging/themes.js';
import { csvText } from '../report/csvText.js';
import { themeReport } from '../report/themeReport.js';
import type { ThemeFilesOptions } from './options.js';
import { checkThemeOptions } from './options.js';
import { readNames, readTags, readThemes } from './themeInputs.js';
import { rounded } from '../report/format.js';

/** An image's themes. */
export interface ImageThemes {
  /** path as seen from the folder for results */
  image: string;
  /** those with a share, the largest first; shares of an image add up to 1 */
  themes: { name: string; share: number }[];
}

/** What `themeFiles` found and wrote. */
export interface ThemeReport {
  themes: Themes['themes'];
  images: ImageThemes[];
  /** images without a tag that a theme knows */
  without: number;
  /** tags that come together; `null` where themes were applied */
  graph: Cooccurrence | null;
  files: string[];
}

/** Shares of the themes in each image. */
function imageThemes(images: readonly TaggedImage[], { themes }: Themes, scores: Float64Array): ImageThemes[] {
  const k = themes.length;
  return images.map(({ image }, i) => {
    const shares = themeShares(scores.subarray(i * k, (i + 1) * k), k);
    const own = Array.from(shares, (share, t) => ({ name: themes[t].name, share: rounded(share) }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share);
    return { image, themes: own };
  });
}

const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;

/** One line an image, one column a theme. */
function sharesCsv(images: readonly ImageThemes[], { themes }: Themes): string {
  const names = themes.map(({ name }) => name);
  const rows = images.map(({ image, themes: own }) => [
    image,
    ...names.map((name) => own.find((one) => one.name === name)?.share ?? 0),
  ]);
  return csvText([['image', ...names], ...rows]);
}

/** Numbers of a file to six places: bytes stay the same where the last bits do not. */
const shortened = (themes: Themes): Themes => ({
  ...themes,
  themes: themes.themes.map((theme) => ({
    ...theme,
    share: rounded(theme.share),
    tags: theme.tags.map(({ tag, weight }) => ({ tag, weight: rounded(weight) })).filter(({ weight }) => weight > 0),
    images: theme.images.map(({ image, score }) => ({ image, score: rounded(score) })),
  })),
});

async function findThemes(
  images: readonly TaggedImage[],
  { themes: wanted, weight, shown }: ThemeFilesOptions,
  notice: (sentence: string) => void,
) {
  const found = await themesOf(images, { themes: wanted, weight, shown });
  const { empty, untagged, scores, weight: used, loss, themes } = found;
  if (empty > 0) {
    notice(`${empty} of ${themes.length + empty} themes came out empty: the tags allow for fewer`);
  }
  if (untagged > 0) {
    notice(`${untagged} of ${images.length} images have no tag and no theme`);
  }
  return { themes: shortened({ weight: used, loss, themes }), scores };
}

/**
 * Themes of tagged images as files: some thirty groups of tags that come together, found by non-negative factorization
 * (`themesOf`), on a page with the images of each and the graph of tags that stand together; `themes.json`, the shares of the
 * themes in each image (`images.json`, `images.csv`), and `names.json`, in which themes can be given names that the next
 * run takes. With `apply` the themes of an earlier run stay, and other images are projected on them.
 *
 * The same tags give the same bytes.
 *
 * @throws WeldonError for files that are no tags, themes or names, for more themes than images or tags, where no image has a
 *   tag, and where a result would take the place of a file that this program did not make
 *
 * @example
 * const { themes } = await themeFiles({ tags: 'tags/tags.json', themes: 30, out: 'themes' });
 * themes[0].name; // 'seashore, sandbar, promontory'
 */
export async function themeFiles(options: ThemeFilesOptions): Promise<ThemeReport> {
  checkThemeOptions(options);
  const { notice = toStderr } = options;
  const out = resolve(options.out ?? 'themes');
  const images = await readTags(options.tags, out);
  const at = (name: string) => join(out, name);
  const namesPath = options.names ?? at('names.json');
  let themes: Themes;
  let scores: Float64Array;
  if (options.apply !== undefined) {
    themes = await readThemes(options.apply);
    const projected = await scoresInThemes(themes, images);
    scores = projected.scores;
    if (projected.unknown > 0) {
      notice(`${projected.unknown} tags of the images are in no theme and are passed over`);
    }
  } else {
    const found = await findThemes(images, options, notice);
    scores = found.scores;
    themes =
      options.names !== undefined || existsSync(namesPath)
        ? renameThemes(found.themes, await readNames(namesPath))
        : found.themes;
  }
  const shares = imageThemes(images, themes, scores);
  const report: ThemeReport = {
    themes: themes.themes,
    images: shares,
    without: shares.filter((one) => one.themes.length === 0).length,
    graph: null,
    files: [],
  };
  await makeRoomFor(at('any'));
  const unlock = await lockRun(out, resultsLock);
  try {
    const ledger = await openLedger(out);
    const files = [
      { path: at('images.json'), content: json({ weldonImageThemes: 1, images: shares }) },
      { path: at('images.csv'), content: sharesCsv(shares, themes) },
    ];
    if (options.apply === undefined) {
      const { matrix, tags } = tagMatrix(images, themes.weight);
      const graph = cooccurrence(matrix, tags);
      report.graph = graph;
      // Names that were edited are the user's file.
      if (!existsSync(at('names.json')) || (await ledger.owns('names.json'))) {
        const names = Object.fromEntries(
          themes.themes.map(({ name, words }): [string, string] => [words, name === words ? '' : name]),
        );
        files.push({ path: at('names.json'), content: json(names) });
      }
      const page = await themeReport(themes.themes, graph, out, images.length);
      files.push(
        { path: at('index.html'), content: page },
        { path: at('themes.json'), content: json({ weldonThemes: 1, ...themes, graph }) },
      );
    }
    await ledger.write(...files);
    report.files = files.map(({ path }) => path);
    return report;
  } finally {
    await unlock();
  }
}

/** What the command says at its end. */
export function themesText({ themes, images, without, files }: ThemeReport): string {
  const lines = themes.map(({ name, share }) => `${(100 * share).toFixed(1).padStart(5)} %  ${name}`);
  const left = without > 0 ? `, ${without} without a theme` : '';
  return [...lines, `${images.length} images${left}: ${files.map((path) => basename(path)).join(', ')}`, ''].join('\n');
}
