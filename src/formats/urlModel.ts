import * as tf from '@tensorflow/tfjs-core';
import { expectedInWords } from '../errors.js';
import { modelJsonProblem } from './modelJson.js';
import type { ModelJson } from './modelJson.js';
import { urlRanges } from './urlRanges.js';
import type { UrlRangesOptions } from './urlRanges.js';

/** Bytes of a model.json, or of an index of weights: the largest networks have some megabytes. */
export const longestIndex = 2 ** 28;

/**
 * A file that another one at an address names, which must lie in the same folder: whoever writes a manifest does not
 * choose what else is fetched. The address' own query, a signature for example, goes with it.
 *
 * @throws WeldonError for a name that leaves the folder
 */
export function besideUrl(url: string, name: string): string {
  const folder = new URL('.', url);
  const file = new URL(name.replace(/[?#%]/g, encodeURIComponent), folder);
  if (!file.href.startsWith(folder.href) || file.href === folder.href) {
    throw expectedInWords(`the file ${name} of ${url}`, 'in the same folder', 'a path that leaves it');
  }
  file.search = new URL(url).search;
  return file.href;
}

/**
 * The whole of a small file at an address.
 *
 * @throws WeldonError as `urlRanges`, and for more bytes than `most`, of which none are fetched then
 */
export async function readUrl(url: string, most: number, options?: UrlRangesOptions): Promise<Uint8Array> {
  const ranges = await urlRanges(url, options);
  if (ranges.size > most) {
    throw expectedInWords(url, `a file of at most ${most} bytes`, `one of ${ranges.size}`);
  }
  return ranges.read(0, ranges.size);
}

/** Bytes of one file of weights: more than any has, and what one array can hold. */
const longestShard = 2 ** 32 - 1;

/**
 * Loads a model.json and its weights from an http address, with the bounds and the patience of `urlRanges`, and from its
 * own folder only.
 *
 * @throws WeldonError (when used) for what is no model.json, names other places, or does not answer
 */
export function urlModel(url: string): tf.io.IOHandler {
  return {
    async load() {
      const what = 'the model.json of a TensorFlow.js model';
      let json: unknown;
      try {
        json = JSON.parse(new TextDecoder().decode(await readUrl(url, longestIndex)));
      } catch (error) {
        throw error instanceof SyntaxError ? expectedInWords(url, what, 'text that is not JSON') : error;
      }
      const problem = modelJsonProblem(json);
      if (problem !== null) {
        throw expectedInWords(url, what, `another: ${problem}`);
      }
      const model = json as ModelJson;
      return tf.io.getModelArtifactsForJSON(model, async (manifest) => {
        const addresses = manifest.flatMap(({ paths }) => paths).map((path) => besideUrl(url, path));
        const shards: Uint8Array[] = [];
        for (const address of addresses) {
          shards.push(await readUrl(address, longestShard));
        }
        const weights = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const shard of shards) {
          weights.set(shard, at);
          at += shard.length;
        }
        return [manifest.flatMap((group) => group.weights), weights.buffer];
      });
    },
  };
}
