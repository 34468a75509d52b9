import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeldonError } from '../../src/index.js';
import { tagFiles } from '../../src/index.node.js';
import type { FrozenEngine } from '../../src/index.node.js';
import { renameThemes, scoresInThemes, themeShares, themesOf } from '../../src/tagging/index.js';
import type { Theme, Themes, ThemesOfImages } from '../../src/tagging/index.js';
import { kinds } from './agency.js';
import type { AgencyImage } from './simulate.js';
import { simulatedImages } from './simulate.js';

/** Themes that free images carry. */
const foundThemes = 10;

const imageFolder = fileURLToPath(new URL('./images/', import.meta.url));

/** Themes of the agency's images, those of free images first, and all images with their scores. */
export interface ImageThemes {
  names: string[];
  /** found in real tags; the others are simulated */
  found: Theme[];
  images: AgencyImage[];
  tags: number;
  engine: string;
}

/** The kind of a free image by its file, `venice-2.jpg`. */
function kindOf(file: string): string {
  const panorama = file.replace(/^.*\//, '').replace(/-\d+\.jpg$/, '');
  const found = Object.entries(kinds).find(([, panoramas]) => panoramas.includes(panorama));
  if (found === undefined) {
    throw new WeldonError(`Expected ${file} to be cut from a panorama of demos/travel/agency.ts but it is not`);
  }
  return found[0];
}

/**
 * What one who looks at the images of a theme would call it: the kind that carries most of it. Where another theme has that
 * name already, its strongest tag is said too.
 */
function namesOf({ themes, scores }: ThemesOfImages, files: readonly string[]): Record<string, string> {
  const taken = new Set<string>();
  return Object.fromEntries(
    themes.map(({ words, tags }, t) => {
      const sums = new Map<string, number>();
      files.forEach((file, i) => {
        const kind = kindOf(file);
        sums.set(kind, (sums.get(kind) ?? 0) + scores[i * themes.length + t]);
      });
      const [kind] = [...sums].reduce((best, one) => (one[1] > best[1] ? one : best));
      const name = taken.has(kind) ? `${kind} (${tags[0].tag})` : kind;
      taken.add(name);
      return [words, name];
    }),
  );
}

/**
 * From images to themes by the functions of the package: `tagFiles` tags the free images, `themesOf` finds themes in the
 * tags, and `scoresInThemes` says how much of each is in each image. Kinds without a free image get a theme of their own
 * with simulated scores.
 */
export async function imageThemes(
  out: string,
  { engine, seed, onImages }: { engine: FrozenEngine; seed: number; onImages?: (done: number, total: number) => void },
): Promise<ImageThemes> {
  const files = (await readdir(imageFolder)).filter((file) => file.endsWith('.jpg')).sort();
  const paths = files.map((file) => join(imageFolder, file));
  const report = await tagFiles(paths, { out: join(out, 'tags'), engine, onImages, formats: ['json'] });
  const tagged = report.images.map(({ image, tags }) => ({ image, tags: tags.map(({ tag, p }) => ({ tag, p })) }));
  const all = await themesOf(tagged, { themes: foundThemes, shown: 8 });
  const themes: Themes = renameThemes(all, namesOf(all, files));
  const found = themes.themes;
  const simulated = Object.keys(kinds).filter((kind) => kinds[kind].length === 0);
  const names = [...found.map(({ name }) => name), ...simulated];
  const { scores } = await scoresInThemes(themes, tagged);
  const images = files.map((file, i): AgencyImage => {
    const row = new Float64Array(names.length);
    row.set(themeShares(scores.subarray(i * found.length, (i + 1) * found.length), found.length));
    return { kind: kindOf(file), path: paths[i], scores: row };
  });
  return {
    names,
    found: found.map((theme) => ({
      ...theme,
      images: theme.images.map((one) => ({
        ...one,
        image: paths[tagged.findIndex(({ image }) => image === one.image)],
      })),
    })),
    images: [...images, ...simulated.flatMap((kind) => simulatedImages(kind, names.indexOf(kind), names.length, seed))],
    tags: report.images.reduce((sum, { tags }) => sum + tags.length, 0),
    engine: report.models[0].engine,
  };
}
