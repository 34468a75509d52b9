import { z } from 'zod';
import { WeldonError } from '../../errors.js';
import { atomicWrite, makeRoomFor } from '../../node/storage/atomicWrite.js';
import { isJsonWith, refuseForeignFile } from '../../node/storage/ownFiles.js';
import type { Recommender } from '../../tagging/choices/recommender.js';
import { checkOptions, readConfigFile } from '../checkOptions.js';
import type { DayForm } from './readTravelData.js';

/** Models as `weldon recommend train` writes them. */
interface RecommenderFile {
  format: typeof fileFormat;
  days: DayForm;
  recommender: Recommender;
}

const fileFormat = 'tfjs-weldon recommender 1';

const numbers = z.array(z.number());
const model = z.strictObject({
  kind: z.enum(['logistic', 'conditional']),
  names: z.array(z.string()),
  means: numbers,
  deviations: numbers,
  coefficients: numbers,
  intercept: z.number(),
  logLoss: z.number(),
  converged: z.boolean(),
});
const schema = z.strictObject({
  format: z.literal(fileFormat),
  days: z.enum(['number', 'date']),
  recommender: z.strictObject({
    splitDay: z.number(),
    alternatives: z.number(),
    seed: z.number(),
    words: z.strictObject({
      destinations: z.array(z.string()),
      categories: z.array(z.string()),
      themes: z.array(z.string()),
    }),
    models: z.strictObject({ noImage: model, imageOnly: model, mixed: model }),
    trained: z.strictObject({ reservations: z.number(), rows: z.number(), short: z.number() }),
  }),
});

/** @throws WeldonError where a file stands that `weldon recommend train` did not write */
export async function refuseForeignRecommender(path: string): Promise<void> {
  await refuseForeignFile(path, (text) => isJsonWith(text, ['format', 'days', 'recommender']));
}

export async function writeRecommender(path: string, recommender: Recommender, days: DayForm): Promise<void> {
  await makeRoomFor(path);
  const file: RecommenderFile = { format: fileFormat, days, recommender };
  await atomicWrite(path, `${JSON.stringify(file, null, 2)}\n`);
}

/** @throws WeldonError for a file that is not there, and one that `weldon recommend train` did not write */
export async function readRecommender(path: string): Promise<{ recommender: Recommender; days: DayForm }> {
  const value = await readConfigFile(path, 'a file of weldon recommend train');
  if ((value as Partial<RecommenderFile> | null)?.format !== fileFormat) {
    throw new WeldonError(`Expected ${path} to be a file of weldon recommend train (${fileFormat}) but it is another`);
  }
  const { recommender, days } = checkOptions(schema, value, { owner: path, kind: 'fields' });
  for (const [name, { names, means, deviations, coefficients }] of Object.entries(recommender.models)) {
    if ([means, deviations, coefficients].some(({ length }) => length !== names.length)) {
      throw new WeldonError(
        `Expected the model ${name} of ${path} to have a coefficient per feature but it is damaged`,
      );
    }
  }
  return { recommender, days };
}
