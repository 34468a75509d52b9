import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { endProcess } from '../../node/workers/endProcess.js';
import { toStderr, toStdout } from '../../node/notice.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { backendFlag, flag } from '../flags.js';
import type { DuplicateReport } from './findDuplicates.js';
import type { LearnReport } from './learnFromFeedback.js';
import { searchOptions } from './options.js';
import type { SearchCatalogueOptions } from './options.js';
import type { SearchReport } from './searchReport.js';

interface SearchFlags extends Pick<
  SearchCatalogueOptions,
  'box' | 'windows' | 'refine' | 'size' | 'like' | 'unlike' | 'filter' | 'threshold' | 'top' | 'boxes' | 'out'
> {
  evaluate?: string;
  duplicates?: boolean;
  learn?: string;
  forget?: boolean;
  label?: string;
  json?: boolean;
  backend?: 'auto' | RuntimeBackend;
}

const number = (value: number) => value.toFixed(3);
const corners = ({ x, y, width, height }: NonNullable<SearchReport['hits'][number]['queryBox']>) =>
  [x, y, x + width, y + height].map(Math.round).join(',');

function foundInWords({ hits }: SearchReport, hasFiles: boolean): string {
  return hits
    .map(
      ({ id, similarity, queryBox, itemBox, path }, i) =>
        `${String(i + 1).padStart(3)}  ${number(similarity)}  ${id}${queryBox === null ? '' : `  at ${corners(queryBox)}`}${itemBox === null ? '' : `  in the item ${corners(itemBox)}`}${
          hasFiles && path === null ? '  (its file is gone)' : ''
        }\n`,
    )
    .join('');
}

function duplicatesInWords({ items, groups, unlike, thresholds, label }: DuplicateReport): string {
  const words = {
    identical: 'of the same bytes',
    same: `the same image, re-encoded or resized (similarity ${thresholds.same} and more)`,
    similar: `similar (${thresholds.similar} and more)`,
  };
  const lines = (['identical', 'same', 'similar'] as const).flatMap((kind) => {
    const own = groups.filter((group) => group.kind === kind);
    return [
      `${own.length} ${own.length === 1 ? 'group' : 'groups'} ${words[kind]}`,
      ...own.map(({ ids, similarity }) => `  ${number(similarity)}  ${ids.join('  ')}`),
    ];
  });
  const odd = unlike.map(
    ({ id, label: own, like, votes }) => `  ${id}: ${own}, but ${votes} of the 10 nearest are ${like}`,
  );
  const unlikeLines = label === null ? [] : [`${unlike.length} items unlike their ${label}`, ...odd];
  return [`${items} items`, ...lines, ...unlikeLines, ''].join('\n');
}

function learntInWords({ searches, pairs, euclid, learnt, difference, wins }: LearnReport): string {
  const share = ({ value, low, high }: LearnReport['euclid']) => `${number(value)} [${number(low)}, ${number(high)}]`;
  return [
    `${searches} searches with likes and unlikes, ${pairs} pairs; of held-out pairs the liked item is nearer in`,
    `Euclid      ${share(euclid)}`,
    `learnt      ${share(learnt)}`,
    `difference  ${share(difference)}`,
    wins
      ? 'The learnt metric wins: the catalogue is searched by it from now on (--forget takes it back)'
      : "The learnt metric does not win: the catalogue is searched by Euclid's",
    '',
  ].join('\n');
}

type FlagName = Exclude<keyof SearchFlags, 'json'>;

const ofQueries: readonly FlagName[] = ['windows', 'refine', 'size', 'filter', 'out', 'backend'];

/** The flags that each of what is done instead of one search goes by; beside `--json`. */
const flagsOf = { evaluate: ofQueries, duplicates: ['label'], learn: [], forget: [] } satisfies Partial<
  Record<FlagName, readonly FlagName[]>
>;

/** Refuses flags that would be left out in silence. */
function checkFlagsOf(mode: keyof typeof flagsOf | null, flags: SearchFlags): void {
  const given = (Object.keys(flags) as (keyof SearchFlags)[]).filter((name) => flags[name] !== undefined);
  const odd = given.find((name) =>
    mode === null
      ? name === 'label'
      : name !== 'json' && name !== mode && !(flagsOf[mode] as readonly string[]).includes(name),
  );
  if (odd !== undefined) {
    const own = mode === null ? [] : [...flagsOf[mode], 'json'].map((name) => `--${name}`);
    throw new InvalidArgumentError(
      mode === null
        ? `Expected --${odd} to be with --duplicates but received it with an image or --like.`
        : `Expected only ${own.join(', ')} with --${mode} but received --${odd}.`,
    );
  }
}

/** @throws InvalidArgumentError where what was asked for does not go together */
function checkTogether(image: string | undefined, flags: SearchFlags): void {
  const asked = [
    ...(image === undefined && flags.like === undefined ? [] : ['an image or --like']),
    ...(flags.evaluate === undefined ? [] : ['--evaluate']),
    ...(flags.duplicates === true ? ['--duplicates'] : []),
    ...(flags.learn === undefined ? [] : ['--learn']),
    ...(flags.forget === true ? ['--forget'] : []),
  ];
  if (asked.length !== 1) {
    throw new InvalidArgumentError(
      `Expected one of an image or --like, --evaluate, --duplicates, --learn and --forget but received ${asked.join(' and ') || 'none'}.`,
    );
  }
  checkFlagsOf(
    (Object.keys(flagsOf) as (keyof typeof flagsOf)[]).find((mode) => flags[mode] !== undefined) ?? null,
    flags,
  );
  if (image !== undefined && asked[0] !== 'an image or --like') {
    throw new InvalidArgumentError(`Expected no image with ${asked[0]} but received ${image}.`);
  }
}

async function runSearch(catalogue: string, image: string | undefined, flags: SearchFlags): Promise<void> {
  checkTogether(image, flags);
  const { evaluate, duplicates, learn, forget, label, json = false, backend, ...options } = flags;
  const { progressLine } = await import('../progress.js');
  let engine: FrozenEngine | undefined;
  if (backend !== undefined) {
    const { startRuntime } = await import('../../node/runtime/startRuntime.js');
    ({ engine } = await startRuntime({ backend }));
  }
  const progress = progressLine();
  const stop = new AbortController();
  const onInterrupt = () => {
    if (stop.signal.aborted) {
      void endProcess(130);
    }
    stop.abort();
  };
  process.on('SIGINT', onInterrupt);
  const common = {
    catalogue,
    engine,
    signal: stop.signal,
    notice: (sentence: string) => progress.say(`weldon: ${sentence}`),
  };
  const tell = (report: object, text: string) => toStdout(json ? `${JSON.stringify(report)}\n` : text);
  try {
    if (learn !== undefined) {
      const { learnFromFeedback } = await import('./learnFromFeedback.js');
      const report = await learnFromFeedback({ catalogue, feedback: learn, notice: common.notice });
      tell(report, learntInWords(report));
    } else if (forget === true) {
      const { forgetMetric } = await import('./learnFromFeedback.js');
      const forgotten = await forgetMetric({ catalogue });
      tell({ forgotten }, forgotten ? "Searched by Euclid's metric again\n" : 'Nothing had been learnt\n');
    } else if (duplicates === true) {
      const { findDuplicates } = await import('./findDuplicates.js');
      const report = await findDuplicates({ ...common, label });
      tell(report, duplicatesInWords(report));
    } else if (evaluate !== undefined) {
      const [{ evaluateSearch }, { searchEvaluationText }] = await Promise.all([
        import('./evaluateSearch.js'),
        import('./evaluationText.js'),
      ]);
      const { windows, refine, size, filter } = options;
      const report = await evaluateSearch({
        ...common,
        truth: evaluate,
        windows,
        refine,
        size,
        filter,
        out: options.out,
        onQueries: (done, total) => progress.show('queries', done, total),
      });
      progress.stop();
      tell(report, searchEvaluationText(report));
      report.files.forEach((file) => toStderr(file));
    } else {
      const [{ searchCatalogue }, { resultInWords }] = await Promise.all([
        import('./searchCatalogue.js'),
        import('./searchPage.js'),
      ]);
      const report = await searchCatalogue({ ...common, ...options, image });
      // A collection has thumbnails alone.
      tell(report, foundInWords(report, !/\.zip$/i.test(catalogue)));
      toStderr(resultInWords(report));
      report.files.forEach((file) => toStderr(file));
    }
  } catch (error) {
    if (!stop.signal.aborted) {
      throw error;
    }
    process.exitCode = 130;
  } finally {
    progress.stop();
    process.off('SIGINT', onInterrupt);
  }
}

/** Arguments, options and action of `weldon search`. */
export function defineSearch(command: Command): void {
  command
    .description(
      'Finds in a catalogue what is in an image, wherever in it it is: parts of the image are compared with the catalogue, ' +
        'the best are looked at again, and each hit says which part of the image it matches.',
    )
    .argument('<catalogue>', 'a folder that weldon index made, postgres://…, or the zip file of a collection')
    .argument('[image]', 'the image that is sought')
    .optionsGroup('What is sought:')
    .addOption(flag(searchOptions.box, '--box <x0,y0,x1,y1>', 'the part of the image, in its pixels'))
    .addOption(flag(searchOptions.like, '--like <ids>', 'items to be like, separated by commas; without an image, too'))
    .addOption(flag(searchOptions.unlike, '--unlike <ids>', 'items to be unlike'))
    .addOption(
      flag(searchOptions.filter, '--filter <fields>', 'what items must be: color=red|blue,price=10..20, or JSON'),
    )
    .addOption(flag(searchOptions.threshold, '--threshold <number>', 'leave out items of less similarity'))
    .addOption(flag(searchOptions.top, '--top <n>', 'number of items (default: 10)'))
    .optionsGroup('How:')
    .addOption(
      flag(
        searchOptions.windows,
        '--windows <n>',
        'parts that are looked at again, 0 to 5; 0: the whole image (default: 5)',
      ),
    )
    .addOption(flag(searchOptions.refine, '--refine <n>', 'of these, those placed anew, 0 to 3 (default: 3)'))
    .addOption(flag(searchOptions.size, '--size <pixels>', '448, or 640 for small objects (default: 448)'))
    .addOption(backendFlag('where the network runs, whatever the catalogue was made on (default: there)'))
    .optionsGroup('Results:')
    .option('--out <folder>', 'write a page, of a search a picture, too, with the matching places outlined')
    .option('--boxes', 'look for the place in every hit that matches, a pass of the network each (default: with --out)')
    .option('--json', 'print the result as JSON')
    .optionsGroup('Instead of one search:')
    .option(
      '--evaluate <file>',
      'measure on queries of which it is known what they should find: CSV with query, relevant and perhaps x0,y0,x1,y1, ' +
        'or JSON query → items',
    )
    .option('--duplicates', 'list images that are there several times, and items unlike their class')
    .option(
      '--learn <file>',
      'learn a metric from what weldon serve --feedback recorded; searches go by it where it wins on held-out judgements',
    )
    .option('--forget', 'take back what was learnt')
    .option('--label <field>', 'with --duplicates: the field that says what an item is')
    .addHelpText(
      'after',
      `
Examples:
  weldon search catalogue room.jpg --out found
  weldon search catalogue room.jpg --box 40,60,220,300 --filter color=red
  weldon search catalogue --like chairs/12.jpg --unlike chairs/40.jpg
  weldon search catalogue --evaluate truth.csv`,
    )
    .action(runSearch);
}
