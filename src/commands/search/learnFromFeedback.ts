import { expectedInWords } from '../../errors.js';
import { toStderr } from '../../node/notice.js';
import { openStore } from '../../node/vectorStores/openStore.js';
import { keepMetric } from '../../search/catalogue.js';
import { learnMetric } from '../../training/linear/learnMetric.js';
import type { Judgement, LearntMetric } from '../../training/linear/learnMetric.js';
import { readFeedback } from '../serve/feedbackFile.js';
import { openForSearch } from './openForSearch.js';
import { checkForgetOptions, checkLearnOptions } from './options.js';
import type { LearnFromFeedbackOptions } from './options.js';

/** What {@link learnFromFeedback} found and did. */
export interface LearnReport extends Omit<LearntMetric, 'weights'> {
  /** judgements of searches by examples, which have no query, and of items that are not in the catalogue any more */
  passedOver: number;
  /** whether searches of the catalogue go by it from now on */
  used: boolean;
}

/**
 * Learns from the likes and unlikes that `weldon serve --feedback` has recorded, and keeps what was learnt with the catalogue
 * where it is better than Euclid's metric on judgements that it has not seen: later searches go by it. Where it is not, the
 * catalogue is searched by Euclid's, whatever was learnt before.
 *
 * @throws WeldonError for a file that cannot be read, judgements of another catalogue, and too few of them
 *
 * @example
 * const { wins, difference } = await learnFromFeedback({ catalogue: 'catalogue', feedback: 'likes.jsonl' });
 */
export async function learnFromFeedback(options: LearnFromFeedbackOptions): Promise<LearnReport> {
  checkLearnOptions(options);
  const { feedback: file, notice = toStderr } = options;
  checkKeeps(options.catalogue);
  const judged = await readFeedback(file);
  const { catalogue, close } = await openForSearch(options);
  try {
    const { store, description } = catalogue;
    const judgements: Judgement[] = [];
    for (const { query, like, unlike } of judged) {
      if (query.some((row) => row.length !== description.dimension)) {
        throw expectedInWords(
          `the judgements of ${file}`,
          `of this catalogue, whose vectors have ${description.dimension} numbers`,
          `some with ${query.find((row) => row.length !== description.dimension)!.length}`,
        );
      }
      const items = await store.get([...like, ...unlike]);
      const known = (some: typeof items) => some.flatMap((item) => (item === null ? [] : [item.vectors]));
      const judgement = {
        query: query.map((row) => Float32Array.from(row)),
        like: known(items.slice(0, like.length)),
        unlike: known(items.slice(like.length)),
      };
      if (query.length > 0 && judgement.like.length + judgement.unlike.length > 0) {
        judgements.push(judgement);
      }
    }
    const passedOver = judged.length - judgements.length;
    if (passedOver > 0) {
      notice(
        `${passedOver} of ${judged.length} judgements are passed over: searches by examples, or items that are gone`,
      );
    }
    const { weights, ...found } = learnMetric(judgements);
    await keepMetric(store, found.wins ? { weights, searches: found.searches } : null);
    return { ...found, passedOver, used: found.wins };
  } finally {
    await close();
  }
}

/** A collection in a zip file is read alone: what is learnt on it would be gone at once. */
function checkKeeps(catalogue: string): void {
  if (/\.zip$/i.test(catalogue)) {
    throw expectedInWords(
      catalogue,
      "a catalogue's folder, which keeps what is learnt",
      'the zip file of a collection: learn with its catalogue, and write it anew with weldon index --collection',
    );
  }
}

/**
 * Takes back what was learnt: the catalogue is searched by Euclid's metric again.
 *
 * @returns whether there was something
 */
export async function forgetMetric(options: Pick<LearnFromFeedbackOptions, 'catalogue'>): Promise<boolean> {
  checkForgetOptions(options);
  checkKeeps(options.catalogue);
  const store = await openStore(options.catalogue);
  try {
    return await keepMetric(store, null);
  } finally {
    await store.close();
  }
}
