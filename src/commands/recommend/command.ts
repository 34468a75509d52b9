import type { Command } from 'commander';
import type { z } from 'zod';
import { expected } from '../../errors.js';
import type { FeatureSet } from '../../tagging/choices/choiceFeatures.js';
import type { ChoiceModel } from '../../tagging/choices/choiceModel.js';
import * as check from '../checkOptions.js';
import { flag } from '../flags.js';
import type { DayForm, TravelFiles } from './readTravelData.js';

interface DataFlags {
  offers?: string;
  visits?: string;
  reservations?: string;
  themes?: string[];
  forget?: string[];
  json?: boolean;
}

interface TrainFlags extends DataFlags {
  out: string;
  split?: string;
  kind: ChoiceModel['kind'];
  c: number;
  alternatives: number;
  seed: number;
  history: string;
}

interface EvaluateFlags extends DataFlags {
  out?: string;
  html?: string;
  samples: number;
}

interface RankFlags extends DataFlags {
  user?: string;
  day: string;
  set: FeatureSet;
  top: number;
}

interface AttractivityFlags extends DataFlags {
  by: 'all' | 'category' | 'destination';
  rule: 'onTheDay' | 'simple';
  samples: number;
}

const words = () =>
  check.ruled(check.instance<string[]>('words', Array.isArray), 'words separated by commas', check.toWords);

/** Flags of every verb that reads the data. */
function withData(command: Command): Command {
  return command
    .option('--offers <file>', 'CSV file of offers (default: offers.csv in the folder)')
    .option('--visits <file>', 'CSV file of visits (default: visits.csv in the folder)')
    .option('--reservations <file>', 'CSV file of reservations (default: reservations.csv in the folder)')
    .addOption(flag(words(), '--themes <names>', 'columns of the offers that are themes (default: all others)'))
    .addOption(flag(words(), '--forget <users>', 'users of whom nothing is taken, separated by commas'))
    .option('--json', 'print the result as JSON');
}

async function read(folder: string, { offers, visits, reservations, themes, forget }: DataFlags): Promise<TravelFiles> {
  const { readTravelData } = await import('./readTravelData.js');
  return readTravelData({ folder, offers, visits, reservations, themes, forget });
}

async function dayOf(word: string, form: DayForm, name: string): Promise<number> {
  const { readDay } = await import('./readTravelData.js');
  const found = readDay(word);
  if (found === null || found.form !== form) {
    throw expected(
      name,
      form === 'date' ? 'a date such as 2026-07-14, as in the files' : 'a whole number, as the days in the files',
      word,
    );
  }
  return found.day;
}

/** The models of a file, for data whose days are written alike. */
async function modelsFor(path: string, { days }: TravelFiles) {
  const { readRecommender } = await import('./recommenderFile.js');
  const file = await readRecommender(path);
  if (file.days !== days) {
    throw expected(`the days of the data for ${path}`, file.days === 'date' ? 'dates' : 'whole numbers', days);
  }
  return file.recommender;
}

async function print(text: string, value: unknown, json: boolean | undefined): Promise<void> {
  const { toStdout } = await import('../../node/notice.js');
  toStdout(json === true ? `${JSON.stringify(value, null, 2)}\n` : text);
}

async function train(folder: string, flags: TrainFlags): Promise<void> {
  const { trainRecommender } = await import('../../tagging/choices/recommender.js');
  const { dayText } = await import('./readTravelData.js');
  const { refuseForeignRecommender, writeRecommender } = await import('./recommenderFile.js');
  const files = await read(folder, flags);
  const splitDay = flags.split === undefined ? undefined : await dayOf(flags.split, files.days, '--split');
  if (splitDay !== undefined && !files.data.reservations.some(({ day }) => day < splitDay)) {
    const { expectedInWords } = await import('../../errors.js');
    throw expectedInWords('--split', 'a day after some reservations', `${flags.split}, with none before it`);
  }
  const { kind, c, alternatives, seed } = flags;
  // Another word than `before` is refused with the reason.
  const history = (flags.history === 'same-day' ? 'sameDay' : flags.history) as 'before';
  await refuseForeignRecommender(flags.out);
  const recommender = trainRecommender(files.data, { splitDay, kind, c, alternatives, seed, history });
  await writeRecommender(flags.out, recommender, files.days);
  const { reservations, rows, short } = recommender.trained;
  const text = [
    `${reservations} reservations before ${dayText(recommender.splitDay, files.days)}, ${rows} rows`,
    ...(short > 0 ? [`${short} reservations with fewer than ${alternatives} other offers open`] : []),
    ...Object.entries(recommender.models).map(
      ([set, { names, logLoss, converged }]) =>
        `${set}: ${names.length} features, log loss ${logLoss.toFixed(4)}${converged ? '' : ', not at its end'}`,
    ),
    flags.out,
    '',
  ].join('\n');
  await print(text, recommender, flags.json);
}

async function evaluate(model: string, folder: string, flags: EvaluateFlags): Promise<void> {
  const { evaluateRecommender } = await import('../../tagging/choices/evaluateRecommender.js');
  const { atomicWrite, makeRoomFor } = await import('../../node/storage/atomicWrite.js');
  const { isJsonWith, refuseForeignFile } = await import('../../node/storage/ownFiles.js');
  const { dayText } = await import('./readTravelData.js');
  const { evaluationTable } = await import('./recommendationText.js');
  const files = await read(folder, flags);
  if (flags.out !== undefined) {
    await refuseForeignFile(flags.out, (text) => isJsonWith(text, ['splitDay', 'reservations', 'metrics', 'gain']));
  }
  if (flags.html !== undefined) {
    const { isOwnPage } = await import('../report/page.js');
    await refuseForeignFile(flags.html, isOwnPage('recommendation'));
  }
  const { samples } = flags;
  const report = evaluateRecommender(await modelsFor(model, files), files.data, { samples });
  const from = dayText(report.splitDay, files.days);
  if (flags.out !== undefined) {
    await makeRoomFor(flags.out);
    await atomicWrite(flags.out, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (flags.html !== undefined) {
    const { attractivity } = await import('../../tagging/choices/attractivity.js');
    const { recommendationPage } = await import('./recommendationPage.js');
    const page = await recommendationPage({
      title: 'What users choose',
      comparison: { report, from },
      attractivity: [{ group: 'All offers', found: attractivity(files.data, { samples }) }],
    });
    await makeRoomFor(flags.html);
    await atomicWrite(flags.html, page);
  }
  await print(evaluationTable(report, from), report, flags.json);
}

async function rank(model: string, folder: string, flags: RankFlags): Promise<void> {
  const { rankOffers } = await import('../../tagging/choices/rankOffers.js');
  const { contextOf } = await import('../../tagging/choices/choiceFeatures.js');
  const { profileSentence } = await import('../../tagging/choices/profile.js');
  const { indexTravelData } = await import('../../tagging/choices/travelData.js');
  const { rankingText } = await import('./recommendationText.js');
  const files = await read(folder, flags);
  const { user = null, set, top } = flags;
  const day = await dayOf(flags.day, files.days, '--day');
  const offers = rankOffers(await modelsFor(model, files), files.data, { user, day, set, top });
  const profile = user === null ? [] : [...contextOf(indexTravelData(files.data), user, day).profile];
  const sentence = profileSentence(profile, files.data.themes);
  const heading = `${user === null ? 'a new visitor' : `user ${user}`} on ${flags.day}, ${offers.length} offers`;
  await print(rankingText(offers, files.data.offers, sentence, heading), { user, day, profile, offers }, flags.json);
}

async function showAttractivity(folder: string, flags: AttractivityFlags): Promise<void> {
  const { attractivity } = await import('../../tagging/choices/attractivity.js');
  const { attractivityText } = await import('./recommendationText.js');
  const { data } = await read(folder, flags);
  const { by, rule, samples } = flags;
  const names = by === 'all' ? ['all'] : ['all', ...[...new Set(data.offers.map((offer) => offer[by]))].sort()];
  const groups = names.map((group, i) => ({
    group,
    ...attractivity(data, { rule, samples, where: (offer) => i === 0 || (by !== 'all' && offer[by] === group) }),
  }));
  await print(attractivityText(groups), groups, flags.json);
}

const schemas = {
  split: check.text(),
  kind: check.oneOf(['logistic', 'conditional']),
  c: check.number('a number > 0', (value) => value > 0),
  count: check.wholeNumber(1),
  seed: check.wholeNumber(0, 2 ** 32 - 1),
  set: check.oneOf(['noImage', 'imageOnly', 'mixed']),
  by: check.oneOf(['all', 'category', 'destination']),
  rule: check.oneOf(['onTheDay', 'simple']),
} satisfies Record<string, z.ZodType>;

/** The verbs of `weldon recommend`. */
export function defineRecommend(command: Command): void {
  command
    .helpCommand(false)
    .description(
      'Learns from bookings what users choose, with and without what images show, ranks offers and says why, and tells which ' +
        'themes draw. <data> is a folder with offers.csv (offer, destination, category, price, stars, nights, first_day, ' +
        'last_day, and a column per theme), visits.csv and reservations.csv (day, user, offer).',
    );
  withData(command.command('train').argument('<data>', 'folder with the three CSV files'))
    .description('Trains three models: without images, by images alone, mixed.')
    .requiredOption('--out <file>', 'JSON file for the models')
    .addOption(flag(schemas.split, '--split <day>', 'reservations before it train (default: two thirds of them)'))
    .addOption(flag(schemas.kind, '--kind <kind>', 'logistic or conditional logit').default('logistic'))
    .addOption(flag(schemas.c, '--c <weight>', 'weight of the losses against the penalty').default(1))
    .addOption(flag(schemas.count, '--alternatives <n>', 'other offers drawn per reservation').default(5))
    .addOption(flag(schemas.seed, '--seed <n>', 'of the draws').default(12345))
    .option('--history <rule>', 'which history tells of a choice: before, strictly before its day', 'before')
    .action(train);
  withData(
    command
      .command('evaluate')
      .argument('<models>', 'file of weldon recommend train')
      .argument('<data>', 'folder with the three CSV files'),
  )
    .description('Compares the three models on the reservations from the split on.')
    .option('--out <file>', 'write the report as JSON')
    .option('--html <file>', 'write the comparison as a page, and which themes draw')
    .addOption(flag(schemas.count, '--samples <n>', 'bootstrap samples of the intervals').default(1000))
    .action(evaluate);
  withData(
    command
      .command('rank')
      .argument('<models>', 'file of weldon recommend train')
      .argument('<data>', 'folder with the three CSV files'),
  )
    .description('Ranks the offers open on a day for a user, and says why.')
    .option('--user <id>', 'whom to rank for (default: a new visitor)')
    .requiredOption('--day <day>', 'on which day; history before it counts')
    .addOption(flag(schemas.set, '--set <model>', 'noImage, imageOnly or mixed').default('mixed'))
    .addOption(flag(schemas.count, '--top <n>', 'offers listed').default(10))
    .action(rank);
  withData(command.command('attractivity').argument('<data>', 'folder with the three CSV files'))
    .description('Tells which themes are visited more often than they are offered.')
    .addOption(flag(schemas.by, '--by <what>', 'all, or also each category or destination').default('all'))
    .addOption(
      flag(
        schemas.rule,
        '--rule <rule>',
        'onTheDay: against the offers open on the day of a visit; simple: against all',
      ).default('onTheDay'),
    )
    .addOption(flag(schemas.count, '--samples <n>', 'bootstrap samples of the intervals').default(1000))
    .action(showAttractivity);
  command.addHelpText(
    'after',
    `
Examples:
  weldon recommend train bookings --out models.json
  weldon recommend evaluate models.json bookings --html models.html
  weldon recommend rank models.json bookings --user 129 --day 2026-07-14
  weldon recommend attractivity bookings --by category`,
  );
}
