import { extname } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { BakeRun } from '../../node/bake/bakeRun.js';
import { openRun } from '../../node/bake/bakeRun.js';
import { mainNumbers } from '../../node/bake/shardFile.js';
import { openSink } from '../../node/bake/shardSink.js';
import { diskFeatureStore } from '../../node/features/diskFeatureStore.js';
import { inParallel } from '../../node/images/readImages.js';
import { preprocessingWords } from '../../node/loading/imageTask.js';
import { toStderr } from '../../node/notice.js';
import { isServer } from '../../node/vectorStores/openStore.js';
import { plainVariant } from '../../training/augmentation/augmentation.js';
import { modelOnEngine } from '../../training/featureStore.js';
import type { Collected, CollectReport } from './collected.js';
import { openCollected } from './collected.js';
import { writeJsonLines, writeNpy, writeSafetensors } from './collectedFiles.js';
import { writeParquet } from './collectedParquet.js';
import type { CollectBakeOptions, CollectFormat } from './options.js';
import { checkCollectOptions } from './options.js';

const formatOf: Record<string, CollectFormat> = {
  '.jsonl': 'jsonl',
  '.npy': 'npy',
  '.safetensors': 'safetensors',
  '.parquet': 'parquet',
};

function readFormat({ to, format }: CollectBakeOptions, { recipe: { task } }: BakeRun): CollectFormat {
  // An address may hold a password.
  const place = isServer(to) ? 'the database' : to;
  const found = format ?? (isServer(to) ? 'catalogue' : formatOf[extname(to).toLowerCase()]);
  const among = (what: string, formats: readonly CollectFormat[], received: string) => {
    throw expectedInWords(`the format of ${place}`, `${formats.join(', ')}${what}`, received);
  };
  if (found === undefined) {
    const all = Object.keys(formatOf).join(', ');
    throw expectedInWords(`the format of ${place}`, `said by its ending (${all}) or by format`, 'neither');
  }
  if (task === 'tags' && !['jsonl', 'parquet'].includes(found)) {
    among(' for tags', ['jsonl', 'parquet'], found);
  }
  if (found === 'catalogue' && task !== 'embeddings') {
    among(` for ${task}; a catalogue is made of embeddings`, ['jsonl', 'npy', 'safetensors', 'parquet'], found);
  }
  if (found !== 'catalogue' && isServer(to)) {
    among(' for a database', ['catalogue'], found);
  }
  if (found === 'cache' && task !== 'features') {
    among(` for ${task}; a cache is made of features`, ['jsonl', 'npy', 'safetensors', 'parquet'], found);
  }
  return found;
}

/** Features as `computeFeatures` keeps them, under the same keys. */
async function writeCache({ run, shards }: Collected, to: string, notice: (sentence: string) => void): Promise<void> {
  const { modelHash, engine, resize, input, dtype } = run.recipe;
  const store = diskFeatureStore(to, { precision: dtype, notice });
  const model = modelOnEngine(modelHash, engine);
  const preprocessing = preprocessingWords({ rule: resize, input, variant: plainVariant });
  for await (const { commit, content } of shards()) {
    const { shape, values } = content.numbers.get(mainNumbers.features) ?? { shape: [], values: [] };
    const dim = shape.slice(1);
    const size = dim.reduce((product, side) => product * side, 1);
    await inParallel(commit.rows, async ({ sha256 }, i) => {
      const key = { model, image: sha256, preprocessing };
      if (!(await store.has(key))) {
        await store.write(key, { shape: dim, values: (values as Float32Array).subarray(i * size, (i + 1) * size) });
      }
    });
  }
}

/**
 * Makes of a bake's shards what others read: one file (JSON lines, NumPy, safetensors, Parquet), a catalogue for
 * `searchCatalogue`, or a cache of features that training and experiments find. The order is that of the manifest; JSON
 * lines and Parquet have a row for every image, of those that could not be read with the reason, and beside the others
 * lies `….rows.jsonl`, which says what every row is.
 *
 * @param out the place of the bake
 * @throws WeldonError for a bake that is not finished (without `partial`), data that were damaged, a format that the task
 *   does not have, and a file that is there already
 *
 * @example
 * await collectBake('bake', { to: 'vectors.parquet' });
 */
export async function collectBake(out: string, options: CollectBakeOptions): Promise<CollectReport> {
  checkCollectOptions(options);
  const { to, notice = toStderr } = options;
  const sink = await openSink(out);
  try {
    const run = await openRun(sink);
    const format = readFormat(options, run);
    const collected = await openCollected(sink, run, options);
    switch (format) {
      case 'jsonl':
        collected.report.files = await writeJsonLines(collected, to);
        break;
      case 'npy':
        collected.report.files = await writeNpy(collected, to);
        break;
      case 'safetensors':
        collected.report.files = await writeSafetensors(collected, to);
        break;
      case 'parquet':
        collected.report.files = await writeParquet(collected, to);
        break;
      case 'cache':
        await writeCache(collected, to, notice);
        collected.report.files = [to];
        break;
      case 'catalogue': {
        const { catalogueOfBake } = await import('../index/catalogueOfBake.js');
        collected.report.files = [await catalogueOfBake(collected, to)];
      }
    }
    return collected.report;
  } finally {
    await sink.close?.();
  }
}
