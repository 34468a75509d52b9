import type { Command } from 'commander';
import { Option } from 'commander';
import { relative } from 'node:path';
import { backboneNames } from '../../backbones/names.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { presetNames } from '../../pooling/presets.js';
import { backendFlag, flag } from '../flags.js';
import { durationText } from '../report/format.js';
import type { TrainedRun } from './events.js';
import { readTrainConfig, trainOptions } from './options.js';
import type { TrainOptions } from './options.js';
import { toStderr, toStdout } from '../../node/notice.js';

/** An option of a run as a flag. */
type Flag = [name: keyof TrainOptions, flags: string, help: string];

/** Groups of flags, in the order of the help. */
const groups: readonly (readonly [heading: string, flags: readonly Flag[]])[] = [
  [
    'The images:',
    [
      [
        'validation',
        '--validation <folder|share>',
        'class folders or a CSV file to validate on, or the share of the images to hold out; 0 for none (default: 20%)',
      ],
      ['images', '--images <folder>', "folder that the paths in a CSV file start from (default: the file's own)"],
      ['size', '--size <pixels>', "side of the network's input (default: the backbone's, 320 for most)"],
      ['resize', '--resize <how>', 'warp takes the whole image, crop its middle without distortion (default: warp)'],
      [
        'augment',
        '--augment <ways>',
        'random changes in training: flip, crop, padCrop, color, rotate, scale, separated by commas, or none ' +
          '(default: none for features, flip,crop otherwise)',
      ],
      [
        'augmentEpochs',
        '--augment-epochs <n>',
        'repeat the same changes after so many epochs, so that features of a frozen part can be cached ' +
          '(default: never)',
      ],
    ],
  ],
  [
    'The network:',
    [
      [
        'backbone',
        '--backbone <name>',
        `one of ${backboneNames.join(', ')}, or its name in torchvision or timm ` +
          '(default: efficientNetLite0, whose weights are in this package)',
      ],
      ['weights', '--weights <file>', 'its weights: .safetensors, .pth, or a TensorFlow.js folder; a path or http URL'],
      ['recipe', '--recipe <file>', 'JSON file with the input scaling of a model folder in --weights that lacks it'],
      [
        'blockDropout',
        '--block-dropout <rate>',
        "share dropped between the convolutions of a Wide ResNet's blocks in training (default: 0)",
      ],
      [
        'survival',
        '--survival <share>',
        'stochastic depth in a ResNet: share of the batches that train its last block (default: 1)',
      ],
      ['layer', '--layer <name>', 'stage or layer that the head reads (default: the last with rows and columns)'],
    ],
  ],
  [
    'The head:',
    [
      [
        'pooling',
        '--pooling <name>',
        `one of ${presetNames.join(', ')}; the options below change parts of it (default: weldon)`,
      ],
      ['kMax', '--kmax <k>', 'regions of positive evidence: a number, or a share such as 20%'],
      ['kMaxFrom', '--kmax-from <k>', 'first value of --kmax, such as 50%, which training leads to --kmax'],
      ['kMin', '--kmin <k>', 'regions of negative evidence, likewise; 0 for none'],
      ['alpha', '--alpha <number>', 'weight of the negative evidence'],
      ['reduction', '--reduction <how>', 'how the two ends become a score: mean, sum or halfMean'],
      ['maps', '--maps <n>', 'maps per class'],
      [
        'normalize',
        '--normalize <what>',
        'regions divides the features of each by their root mean square, channels standardises each channel ' +
          '(default: none)',
      ],
      ['dropMap', '--dropmap <rate>', 'share of the feature maps dropped in training (default: 0)'],
      ['dropout', '--dropout <rate>', 'share of the features dropped in training (default: 0)'],
    ],
  ],
  [
    'Training:',
    [
      [
        'strategy',
        '--strategy <name>',
        'features trains the head alone, fineTune everything, twoPhase the head and then everything, scratch ' +
          'everything from random weights (default: features)',
      ],
      [
        'epochs',
        '--epochs <n>',
        'passes over the images (default: 20 for features, 10 for fineTune and twoPhase, 60 for scratch)',
      ],
      ['headEpochs', '--head-epochs <n>', 'epochs of the first phase of twoPhase (default: half of --epochs)'],
      ['learningRate', '--learning-rate <rate>', 'of the head (default: 0.003 for features, 0.001 otherwise)'],
      ['backboneRate', '--backbone-rate <share>', 'learning rate of the backbone, as a share of it (default: 0.1)'],
      ['batchSize', '--batch-size <n>', 'images per batch (default: 32 for features, 16 otherwise)'],
      ['accumulate', '--accumulate <n>', 'batches per step (default: 1)'],
      [
        'loss',
        '--loss <name>',
        'softmax, oneVsAll, multiLabelSoftMargin, squaredHinge or apRanking (default: softmax for one class per ' +
          'image, multiLabelSoftMargin for several)',
      ],
      ['labelSmoothing', '--label-smoothing <share>', 'share of each label spread over the other classes (default: 0)'],
      ['optimizer', '--optimizer <name>', 'sgd, adam or adamW (default: adam for features, adamW otherwise)'],
      ['schedule', '--schedule <name>', 'of the learning rate: constant, step or cosine (default: cosine)'],
      ['warmUp', '--warm-up <steps>', 'steps in which it rises (default: 5% of the run, 0 for features)'],
      [
        'weightDecay',
        '--weight-decay <number>',
        'of kernels, not of biases and norms; adam adds it to the gradient, adamW subtracts it from the weight ' +
          '(default: 0.001)',
      ],
      ['weightDecayOf', '--weight-decay-of <what>', 'kernels, or all weights (default: kernels)'],
      ['clipNorm', '--clip-norm <length>', 'limit to the norm of the whole gradient (default: none)'],
      ['trainFrom', '--train-from <layer>', 'freeze the network up to this layer or stage'],
      ['patience', '--patience <epochs>', 'stop after so many without improvement (default: never)'],
      ['seed', '--seed <n>', 'of everything random (default: 0)'],
    ],
  ],
  [
    'Results:',
    [
      ['out', '--out <folder>', 'run folder (default: runs/ and the name of the data)'],
      [
        'cache',
        '--cache <folder>',
        'keeps features of the frozen part for other runs (default: in the run folder, until the run ends)',
      ],
      ['checkpointEvery', '--checkpoint-every <steps>', 'steps between checkpoints within an epoch (default: 100)'],
    ],
  ],
];

interface CommandFlags {
  config?: string;
  resume?: boolean;
  backend?: 'auto' | RuntimeBackend;
  json?: boolean;
}

/** Only what was given: commander names a value by its flag. */
function givenOptions(flags: Record<string, unknown>): Partial<TrainOptions> {
  const entries = groups.flatMap(([, options]) =>
    options.map(([name, words]) => [name, flags[new Option(words).attributeName()]] as const),
  );
  if (flags.normalise !== undefined) {
    toStderr('weldon: --normalise is named --normalize now; the old name is still read');
    entries.unshift(['normalize', flags.normalise]);
  }
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function closingLines({ folder, model, stopped, best, metric, epochs, seconds }: TrainedRun): string[] {
  if (model === null) {
    return [
      `weldon: stopped after ${epochs} whole epochs; continue with the same command, or with: weldon train --resume --out ${relative('.', folder) || '.'}`,
    ];
  }
  const bestEpoch =
    best === null
      ? ''
      : `, ${metric} ${(100 * best.value).toFixed(1)} % on the validation images (epoch ${best.epoch + 1})`;
  const early = stopped === 'early' ? ', no improvement since' : '';
  return [
    `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} in ${durationText(seconds)}${early}${bestEpoch}: ${model}`,
    `weldon heatmap <images> --model ${relative('.', model)}`,
  ];
}

async function runTrain(data: string | undefined, all: Record<string, unknown>): Promise<void> {
  const [{ startRuntime }, { backendOfRun }, { trainModel }, { withProgress }, { trainProgress }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('./runFolder.js'),
    import('./trainModel.js'),
    import('../progress.js'),
    import('./progress.js'),
  ]);
  const flags = all as CommandFlags;
  const fromFile = flags.config === undefined ? {} : await readTrainConfig(flags.config);
  const options: TrainOptions = { ...fromFile, ...(data === undefined ? {} : { data }), ...givenOptions(all) };
  const { backend, engine } = await startRuntime({
    backend: flags.backend ?? ((await backendOfRun(options)) as RuntimeBackend | null) ?? 'auto',
  });
  const json = (line: object) => {
    if (flags.json) {
      toStdout(`${JSON.stringify(line)}\n`);
    }
  };
  await withProgress('after this step, with a checkpoint', async (progress, signal) => {
    const show = trainProgress(progress);
    try {
      const run = await trainModel({
        ...options,
        engine,
        resume: flags.resume,
        signal,
        onEvent: (event) => {
          if (event.kind !== 'reading') {
            json(event);
          }
          show(event);
        },
      });
      progress.stop();
      const { history: _, ...summary } = run;
      json({ kind: 'end', backend, engine: engine.name, ...summary });
      closingLines(run).forEach(toStderr);
      process.exitCode = run.stopped === 'aborted' ? 130 : 0;
    } catch (error) {
      if (error !== signal.reason) {
        throw error;
      }
      progress.stop();
      toStderr('weldon: stopped before the run began; nothing was written');
      process.exitCode = 130;
    }
  });
}

/** Arguments, options and action of `weldon train`. */
export function defineTrain(command: Command): void {
  command
    .description(
      'Trains a WELDON head on a pretrained backbone, from labels of whole images, so that its heat maps show where each ' +
        'class is. Writes a run folder with options, log, curves, checkpoints, and the model for weldon heatmap. The same ' +
        'command continues a run that was stopped.',
    )
    .argument(
      '[images]',
      'a folder with one folder of images per class, or a CSV file: path and labels separated by ; or one 0/1 column ' +
        'per class',
    );
  for (const [heading, flags] of groups) {
    command.optionsGroup(heading);
    flags.forEach(([name, words, help]) => command.addOption(flag(trainOptions[name], words, help)));
  }
  command
    .addOption(flag(trainOptions.normalize, '--normalise <what>', 'the spelling of 0.1.0').hideHelp())
    .option('--resume', 'continue the run in --out, with its options where none are given')
    .option('--json', 'print events as JSON lines, and a summary as the last')
    .optionsGroup('Other:')
    .option('--config <file>', "JSON file with options, named as in a run's config.json; the command line wins")
    .addOption(backendFlag("backend to compute with (default: the run's, or auto)"))
    .addHelpText(
      'after',
      `
Examples:
  weldon train images                                       class folders, a fifth of each held out; a minute or so
  weldon train images --validation test --pooling wildcat --size 448
  weldon train labels.csv --strategy twoPhase --train-from stage5 --cache cache --augment flip
  weldon train images --backbone resnet50 --weights resnet50.safetensors --strategy twoPhase
  weldon train --resume --out runs/images`,
    )
    .action(runTrain);
}
