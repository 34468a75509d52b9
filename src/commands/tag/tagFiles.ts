import { join, resolve } from 'node:path';
import { WeldonError } from '../../errors.js';
import type { PixelBatch } from '../../models/frozenPass.js';
import { findImages } from '../../node/images/findImages.js';
import { passedOverInWords } from '../../node/images/passedOver.js';
import { resizeForModel } from '../../node/images/readForModel.js';
import type { NetworkInput } from '../../node/images/readForModel.js';
import { decodeImage, readImageBytes } from '../../node/images/readImage.js';
import { pixelBatch } from '../../node/loading/imageTask.js';
import { toStderr } from '../../node/notice.js';
import { makeRoomFor } from '../../node/storage/atomicWrite.js';
import { lockRun, resultsLock } from '../../node/storage/lock.js';
import { openLedger, readSeen } from '../../node/storage/ownFiles.js';
import type { SeenFile } from '../../node/storage/ownFiles.js';
import { removeDeadParts } from '../../node/storage/unfinished.js';
import type { ImageTag } from '../../tagging/tags/tagImages.js';
import { tagImages } from '../../tagging/tags/tagImages.js';
import { languageOf } from '../../tagging/tags/blendTags.js';
import { checkTagRules } from '../../tagging/tags/tagRules.js';
import { readConfigFile } from '../checkOptions.js';
import { seenFrom } from '../report/format.js';
import { tagReport } from '../report/tagReport.js';
import type { TagFilesOptions, TagFormat } from './options.js';
import { checkTagOptions } from './options.js';
import { openSidecars } from './sidecars.js';
import type { SidecarResult } from './sidecars.js';
import { refuseSameNames, writeCopies } from './tagCopies.js';
import { listTags, tagsCsv } from './tagList.js';
import type { TaggedFile } from './tagList.js';
import type { OpenTagModels } from './tagModels.js';
import { openTagModels } from './tagModels.js';
import type { ImageBox, SeenTags, TagState } from './tagState.js';
import { openTagState } from './tagState.js';
import { sha256Of } from '../../node/storage/plainFile.js';

/** What `tagFiles` found and wrote; `tags.json` has all but the last five. */
export interface TagReport {
  /** version of the file */
  weldonTags: 1;
  models: OpenTagModels['facts'];
  images: TaggedFile[];
  /** files that could not be read, and sidecars that could not be written, with why */
  failed: { image: string; error: string }[];
  /** images that were known already */
  there: number;
  /** whether it was stopped: nothing but what is known is written then */
  interrupted: boolean;
  files: string[];
  /** what became of the sidecars, where they were asked for */
  sidecars: SidecarResult[];
  /** paths of the copies, where they were asked for */
  copies: string[];
}

/** Names of the files for all images. */
const resultNames: Record<Exclude<TagFormat, 'xmp'>, string> = {
  json: 'tags.json',
  csv: 'tags.csv',
  html: 'index.html',
};

/** The box in parts of the image. */
function onImage(box: ImageBox, { width, height, toImage }: NetworkInput, image: { width: number; height: number }) {
  const part = (from: number, side: number, scale: number, offset: number, whole: number) =>
    Math.min(1, Math.max(0, (from * side * scale + offset) / whole));
  const { scaleX, scaleY, offsetX, offsetY } = toImage;
  const x = part(box.x, width, scaleX, offsetX, image.width);
  const y = part(box.y, height, scaleY, offsetY, image.height);
  return {
    x,
    y,
    width: part(box.x + box.width, width, scaleX, offsetX, image.width) - x,
    height: part(box.y + box.height, height, scaleY, offsetY, image.height) - y,
  };
}

interface ReadImage {
  path: string;
  content: SeenFile;
  width: number;
  height: number;
  /** by group of models */
  inputs: NetworkInput[];
}

type TagResult = { path: string; tags: SeenTags; content: SeenFile } | { path: string; error: WeldonError };

async function readForGroups(
  path: string,
  { groups }: OpenTagModels,
  { maxPixels }: TagFilesOptions,
): Promise<ReadImage | { path: string; error: WeldonError }> {
  try {
    const { bytes, file } = await readSeen(path, readImageBytes);
    const image = await decodeImage(bytes, path, maxPixels === undefined ? {} : { maxPixels });
    const inputs: NetworkInput[] = [];
    for (const { resize } of groups) {
      inputs.push(await resizeForModel(image, resize));
    }
    return { path, content: file, width: image.originalWidth, height: image.originalHeight, inputs };
  } catch (error) {
    if (error instanceof WeldonError) {
      return { path, error };
    }
    throw error;
  }
}

/** What all models say of some images. */
async function tagBatch(
  paths: readonly string[],
  models: OpenTagModels,
  options: TagFilesOptions,
): Promise<TagResult[]> {
  const read = await Promise.all(paths.map((path) => readForGroups(path, models, options)));
  const images = read.filter((one): one is ReadImage => 'inputs' in one);
  const found = new Map(
    images.map(({ path, width, height }): [string, SeenTags] => [path, { width, height, tags: [], verdicts: [] }]),
  );
  const { least, regions } = options;
  for (const [g, { models: own }] of images.length === 0 ? [] : models.groups.entries()) {
    // Images keep their shapes by the rule 'fit'; those of one shape go together.
    const shapes = new Map<string, ReadImage[]>();
    images.forEach((image) => {
      const { width, height } = image.inputs[g];
      const key = `${width}×${height}`;
      shapes.set(key, [...(shapes.get(key) ?? []), image]);
    });
    for (const some of shapes.values()) {
      const batch: PixelBatch = pixelBatch(
        some.map(({ inputs }) => inputs[g]),
        some,
      );
      const tagged = await tagImages(own, batch, { least, regions });
      tagged.forEach(({ tags, verdicts }, i) => {
        const { path, inputs, width, height } = some[i];
        const mapped = ({ region, ...tag }: ImageTag) =>
          region === undefined ? tag : { ...tag, box: onImage(region.box, inputs[g], { width, height }) };
        found.get(path)!.tags.push(...tags.map(mapped));
        found.get(path)!.verdicts.push(...verdicts);
      });
    }
  }
  return read.map((one) =>
    'error' in one ? one : { path: one.path, content: one.content, tags: found.get(one.path)! },
  );
}

/** Tags what is not known; several batches are in hand at once. */
async function tagAll(
  paths: readonly string[],
  models: OpenTagModels,
  state: TagState,
  options: TagFilesOptions,
  total: number,
): Promise<{ tagged: Map<string, SeenTags>; failed: Map<string, WeldonError> }> {
  const { batchSize = 4, signal, onImages } = options;
  const tagged = new Map<string, SeenTags>();
  const failed = new Map<string, WeldonError>();
  let done = total - paths.length;
  const coming: Promise<TagResult[]>[] = [];
  const take = async () => {
    const results = await coming.shift()!;
    const found = results.flatMap((one) =>
      'error' in one ? [] : [{ input: resolve(one.path), image: one.content, seen: one.tags }],
    );
    if (found.length > 0) {
      await state.add(found);
    }
    for (const result of results) {
      const { path } = result;
      if ('error' in result) {
        failed.set(path, result.error);
      } else {
        tagged.set(path, result.tags);
      }
      onImages?.(++done, total, path);
    }
  };
  try {
    for (let at = 0; at < paths.length && signal?.aborted !== true; at += batchSize) {
      const next = tagBatch(paths.slice(at, at + batchSize), models, options);
      next.catch(() => undefined); // thrown when its turn comes
      coming.push(next);
      if (coming.length > models.lanes) {
        await take();
      }
    }
    while (coming.length > 0) {
      await take();
    }
  } finally {
    await Promise.allSettled(coming);
  }
  return { tagged, failed };
}

/**
 * Tags images as files: the best classes of one or several networks, never more than `top`, each with its probability, the
 * models that gave it and, if wanted, where in the image its evidence lies; a reason where an image gets none. Rules
 * rename, ignore, add parents and translate; of tags of different models that nearly always come together one is left out
 * (`npmi` over these images, where both stand in five or more).
 *
 * What models said is kept in `out`: a run that was stopped goes on where it was, and other rules take no time. Networks on
 * the same features, as `weldon train --strategy features` makes them, compute them once. A backend must be active: see
 * `startRuntime`.
 *
 * @param paths images and folders, which are searched with their subfolders
 * @returns what is in `tags.json`, and what was written; images that cannot be read are in `failed`
 * @throws WeldonError for a model, rules or options that cannot be used, and where a result would take the place of a file
 *   that this program did not make
 *
 * @example
 * await startRuntime();
 * const { images } = await tagFiles(['images'], { models: ['runs/rooms'], regions: true, formats: ['json', 'html'] });
 * images[0].tags[0]; // { tag: 'seashore', p: 0.62, rank: 1, models: ['EfficientNet-Lite0'], box: … }
 */
export async function tagFiles(paths: readonly string[], options: TagFilesOptions = {}): Promise<TagReport> {
  checkTagOptions(options);
  const { formats = ['json'], notice = toStderr } = options;
  const out = resolve(options.out ?? 'tags');
  const ruleFile = options.rules === undefined ? {} : await readConfigFile(options.rules, 'a file of rules');
  const sidecars = formats.includes('xmp') || options.copies !== undefined ? await openSidecars() : null;
  let models: OpenTagModels | null = null;
  try {
    models = await openTagModels(options);
    const rules = checkTagRules(ruleFile, models.labels, options.rules);
    // Refuses an unknown language before any image is read.
    languageOf(rules, options.language);
    await makeRoomFor(join(out, 'any'));
    const unlock = await lockRun(out, resultsLock);
    try {
      await removeDeadParts(out);
      const ledger = await openLedger(out);
      for (const format of formats) {
        if (format !== 'xmp') {
          await ledger.refuseForeign(join(out, resultNames[format]));
        }
      }
      const made = sha256Of(JSON.stringify([1, models.made, options.regions === true, options.least ?? 0]));
      const state = await openTagState(out, made);
      const found = await findImages(paths);
      const passedOver = passedOverInWords([...paths].join(', '), found.passedOver);
      if (passedOver !== null) {
        notice(passedOver);
      }
      if (options.copies !== undefined) {
        refuseSameNames(found.files);
      }
      const known = new Map<string, SeenTags>();
      for (const path of found.files) {
        const before = await state.find(resolve(path));
        if (before !== null) {
          known.set(path, before);
        }
      }
      const wanted = found.files.filter((path) => !known.has(path));
      const { tagged, failed } = await tagAll(wanted, models, state, options, found.files.length);
      const nameOf = (path: string) => seenFrom(out, resolve(path));
      const seenOf = (path: string) => known.get(path) ?? tagged.get(path);
      const done = found.files.filter((path) => seenOf(path) !== undefined);
      const images = listTags(
        done.map((path) => ({ image: nameOf(path), seen: seenOf(path)! })),
        { most: models.most, rules, language: options.language, models: models.facts.length },
      );
      const report: TagReport = {
        weldonTags: 1,
        models: models.facts,
        images,
        failed: [
          ...found.errors.map(({ path, error }) => ({ image: nameOf(path), error: error.message })),
          ...[...failed].map(([path, error]) => ({ image: nameOf(path), error: error.message })),
        ],
        there: known.size,
        interrupted: options.signal?.aborted === true,
        files: [],
        sidecars: [],
        copies: [],
      };
      if (report.interrupted || images.length === 0) {
        return report;
      }
      const content = async (format: Exclude<TagFormat, 'xmp'>): Promise<string> => {
        const { weldonTags, models: facts, failed: refused } = report;
        switch (format) {
          case 'json':
            return `${JSON.stringify({ weldonTags, models: facts, images, failed: refused }, null, 1)}\n`;
          case 'csv':
            return tagsCsv(images, refused);
          default:
            return tagReport(report, done, notice);
        }
      };
      for (const format of formats) {
        if (format !== 'xmp') {
          const path = join(out, resultNames[format]);
          await ledger.write({ path, content: await content(format) });
          report.files.push(path);
        }
      }
      for (const [i, path] of formats.includes('xmp') ? done.entries() : []) {
        const result = await sidecars!.write(path, images[i].tags);
        report.sidecars.push(result);
        if (result.error !== undefined) {
          report.failed.push({ image: images[i].image, error: result.error });
        }
      }
      if (options.copies !== undefined) {
        const written = await writeCopies(sidecars!, options.copies, done, images);
        report.copies = written.copies;
        report.failed.push(...written.failed);
      }
      return report;
    } finally {
      await unlock();
    }
  } finally {
    await models?.dispose();
    await sidecars?.close();
  }
}
