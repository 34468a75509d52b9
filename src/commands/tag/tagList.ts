/** From what models said of images to the tags that are written: rules, redundancy, the maximum. */
import { npmi } from '../../tagging/statistics.js';
import { blendTags } from '../../tagging/tags/blendTags.js';
import type { BlendedTag } from '../../tagging/tags/blendTags.js';
import type { ModelVerdict } from '../../tagging/tags/tagImages.js';
import { renamed } from '../../tagging/tags/tagRules.js';
import type { TagRules } from '../../tagging/tags/tagRules.js';
import { csvText } from '../report/csvText.js';
import type { ImageBox, SeenTags } from './tagState.js';
import { rounded } from '../report/format.js';

/** A tag of an image as files have it. */
export interface FileTag {
  tag: string;
  /** probability, 0 … 1 */
  p: number;
  /** in the image's list, from 1 */
  rank: number;
  /** models that gave it; none for a parent by the rules */
  models: string[];
  /** where in the image its evidence lies */
  box?: ImageBox;
  /** number of the object that it lies on, of those that its model found */
  object?: number;
  /** classes that the rules renamed */
  from?: string[];
  /** the tag that it is a parent of, by the rules */
  parentOf?: string;
}

/** An image with its tags. */
export interface TaggedFile {
  /** path as seen from the folder for results, with `/` */
  image: string;
  width: number;
  height: number;
  tags: FileTag[];
  /** why there is no tag; `null` where there are some */
  reason: string | null;
  /** tags left out since another said the same */
  redundant?: { tag: string; sameAs: string }[];
  verdicts: ModelVerdict[];
}

/** Images in which two tags must stand together before one of them is taken for redundant. */
const leastTogether = 5;

/** How much two tags of different models say the same, over all images; `null` where too few have both. */
function redundancyOf(images: readonly SeenTags[], rules: TagRules): (a: string, b: string) => number | null {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const pair = (a: string, b: string) => JSON.stringify(a < b ? [a, b] : [b, a]);
  images.forEach(({ tags }) => {
    const names = [...new Set(tags.map(({ tag }) => renamed(tag, rules)))];
    names.forEach((a, i) => {
      count(a);
      names.slice(i + 1).forEach((b) => count(pair(a, b)));
    });
  });
  return (a, b) => {
    const both = counts.get(pair(a, b)) ?? 0;
    return both < leastTogether ? null : npmi(both, counts.get(a) ?? 0, counts.get(b) ?? 0, images.length);
  };
}

function fileTag(tag: BlendedTag & { box?: ImageBox }): FileTag {
  const { box, region: _, p, ...rest } = tag;
  const part = (b: ImageBox) => ({
    x: rounded(b.x),
    y: rounded(b.y),
    width: rounded(b.width),
    height: rounded(b.height),
  });
  return { ...rest, p: rounded(p), ...(box === undefined ? {} : { box: part(box) }) };
}

/** The tags of all images, in their order. */
export function listTags(
  images: readonly { image: string; seen: SeenTags }[],
  { most, rules, language, models }: { most: number; rules: TagRules; language?: string; models: number },
): TaggedFile[] {
  const redundancy =
    models > 1
      ? redundancyOf(
          images.map(({ seen }) => seen),
          rules,
        )
      : undefined;
  return images.map(({ image, seen }) => {
    const { tags, reason, redundant } = blendTags(seen, { most, rules, language, redundancy });
    return {
      image,
      width: seen.width,
      height: seen.height,
      tags: tags.map(fileTag),
      reason,
      ...(redundant.length === 0 ? {} : { redundant }),
      verdicts: seen.verdicts.map((verdict) => ({ ...verdict, energy: rounded(verdict.energy) })),
    };
  });
}

/** One line a tag; an image without one has a line with the reason. */
export function tagsCsv(images: readonly TaggedFile[], failed: readonly { image: string; error: string }[]): string {
  const names = ['image', 'rank', 'tag', 'p', 'models', 'x', 'y', 'width', 'height', 'object', 'reason'];
  const without = (image: string, reason: string) => [image, ...names.slice(2).map(() => undefined), reason];
  const rows = images.flatMap(({ image, tags, reason }) =>
    tags.length === 0
      ? [without(image, reason ?? '')]
      : tags.map(({ tag, p, rank, models, box, object }) => [
          image,
          rank,
          tag,
          p,
          models.join('; '),
          box?.x,
          box?.y,
          box?.width,
          box?.height,
          object,
          undefined,
        ]),
  );
  return csvText([names, ...rows, ...failed.map(({ image, error }) => without(image, error))]);
}
