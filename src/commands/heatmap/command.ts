import type { Command } from 'commander';
import { Option } from 'commander';
import { join, relative, resolve } from 'node:path';
import { colorMapNames } from '../../heatmaps/colorMaps.js';
import type { ColorMapName } from '../../heatmaps/colorMaps.js';
import type { RangeRule } from '../../heatmaps/displayRange.js';
import { rangeRules } from '../../heatmaps/displayRange.js';
import type { Reduction } from '../../pooling/options.js';
import type { HeatmapFileResult } from './heatmapFiles.js';
import { heatmapOptions, outputFormats } from './options.js';
import type { OutputFormat } from './options.js';
import type { HeatmapStyle } from '../../render/composite.js';
import type { Decoding } from '../../node/images/readForModel.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { backendFlag, flag, maxMegapixelsFlag } from '../flags.js';
import { durationText } from '../report/format.js';
import type { Progress } from '../progress.js';
import { toStderr, toStdout } from '../../node/notice.js';

interface HeatmapFlags {
  classes?: string[];
  top: number;
  size?: number;
  kmax?: number;
  kmin?: number;
  alpha?: number;
  reduction?: Reduction;
  model?: string;
  recipe?: string;
  out: string;
  format: OutputFormat[];
  colors?: ColorMapName;
  range?: RangeRule;
  outlines?: NonNullable<HeatmapStyle['outlines']>;
  opacity?: number;
  saturation?: number;
  backend: 'auto' | RuntimeBackend;
  decode?: Decoding;
  maxMegapixels: number;
  resume?: boolean;
  json?: boolean;
}

/** A class given by its number reads as a number, unless a class is really called so. */
function classKey(word: string): string | number {
  return /^\d+$/.test(word) ? Number(word) : word;
}

function residentMegabytes(): number {
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}

/** Only the message: `--verbose` prints stacks, from the one place that catches. */
function tell(result: HeatmapFileResult, flags: HeatmapFlags, progress: Progress): void {
  if (result.error !== undefined) {
    progress.say(`weldon: ${result.error.message}`);
    if (flags.json) {
      toStdout(`${JSON.stringify({ path: result.path, error: result.error.message })}\n`);
    }
    return;
  }
  if (flags.json) {
    toStdout(`${JSON.stringify({ ...result, residentMegabytes: residentMegabytes() })}\n`);
  }
}

/** Figures of a whole run, for `--json` and the closing line. */
interface RunSummary {
  images: number;
  failed: number;
  /** images that `--resume` left out, as their results are there */
  there: number;
  interrupted: boolean;
  backend: string;
  /** seconds from the first image to the last file written */
  wallSeconds: number;
  /** seconds of it in which the network ran */
  networkSeconds: number;
  /** networkSeconds / wallSeconds */
  networkShare: number;
  /** resident memory at the end, in MB */
  residentMegabytes: number;
}

async function runHeatmap(paths: string[], flags: HeatmapFlags): Promise<void> {
  const [{ startRuntime }, { withProgress }, { modelOfRun }, { heatmapFiles }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('../progress.js'),
    import('../train/runFolder.js'),
    import('./heatmapFiles.js'),
  ]);
  const runtime = await startRuntime({ backend: flags.backend });
  const summary: RunSummary = {
    images: 0,
    failed: 0,
    there: 0,
    interrupted: false,
    backend: runtime.engine.name,
    wallSeconds: 0,
    networkSeconds: 0,
    networkShare: 0,
    residentMegabytes: 0,
  };
  let start = performance.now();
  let total = 0;
  await withProgress('after this image', async (progress, signal) => {
    const results = heatmapFiles(paths, {
      classes: flags.classes?.map(classKey),
      top: flags.top,
      size: flags.size,
      kMax: flags.kmax,
      kMin: flags.kmin,
      alpha: flags.alpha,
      reduction: flags.reduction,
      model: flags.model === undefined ? undefined : await modelOfRun(flags.model),
      recipe: flags.recipe,
      out: flags.out,
      formats: flags.format,
      colors: flags.colors,
      range: flags.range,
      outlines: flags.outlines,
      opacity: flags.opacity,
      saturation: flags.saturation,
      maxPixels: flags.maxMegapixels * 1e6,
      resume: flags.resume,
      engine: runtime.engine,
      decode: flags.decode,
      details: [runtime.engine.name],
      signal,
      notice: (sentence) => progress.say(`weldon: ${sentence}`),
      onStart: (images, _, there) => {
        total = images;
        summary.there = there;
        start = performance.now();
      },
    });
    for await (const result of results) {
      tell(result, flags, progress);
      if (result.error === undefined) {
        summary.images++;
        summary.networkSeconds += result.seconds.network;
      } else {
        summary.failed++;
      }
      progress.show('images', summary.images + summary.failed, total, relative('.', result.path));
    }
    summary.interrupted = signal.aborted;
  });

  summary.wallSeconds = (performance.now() - start) / 1000;
  summary.networkShare = summary.networkSeconds / summary.wallSeconds;
  summary.residentMegabytes = residentMegabytes();
  if (flags.json) {
    toStdout(`${JSON.stringify({ summary })}\n`);
  }
  const where = flags.format.includes('html') ? join(flags.out, 'index.html') : flags.out;
  const refused = summary.failed === 0 ? '' : `, ${summary.failed} refused`;
  const already = summary.there === 0 ? '' : `, ${summary.there} there already`;
  toStderr(
    `${summary.images} images${refused}${already} in ${durationText(summary.wallSeconds)} on ${runtime.engine.name}: ${resolve(where)}`,
  );
  process.exitCode = summary.interrupted ? 130 : summary.failed > 0 || summary.images + summary.there === 0 ? 1 : 0;
}

/** Arguments, options and action of `weldon heatmap`. */
export function defineHeatmap(command: Command): void {
  command
    .description(
      'Writes class heat maps of images: for each class, where in the image the network finds evidence for it ' +
        'and against it. One forward pass per image, no gradient.',
    )
    .argument('<images...>', 'images, and folders, which are searched with their subfolders')
    .optionsGroup('What to show:')
    .addOption(
      flag(
        heatmapOptions.classes,
        '--classes <names>',
        'names or numbers of classes, separated by commas (default: the best of each image)',
      ),
    )
    .addOption(flag(heatmapOptions.top, '--top <n>', 'number of best classes, without --classes').default(5))
    .optionsGroup('The network:')
    .option(
      '--model <folder>',
      'a TensorFlow.js LayersModel, or a run folder of weldon train (default: EfficientNet-Lite0, 1000 ' +
        'ImageNet classes)',
    )
    .option('--recipe <file>', 'JSON file with what the model lacks: input scaling, resize rule, class names')
    .addOption(
      flag(
        heatmapOptions.size,
        '--size <pixels>',
        "side of the network's input (default: the model's; 320 for the embedded one)",
      ),
    )
    .addOption(backendFlag().default('auto'))
    .optionsGroup("Pooling (default: the model's; 20% at both ends, halfMean, for the embedded one):")
    .addOption(
      flag(heatmapOptions.kMax, '--kmax <k>', 'regions of positive evidence: a number, or a share such as 20%'),
    )
    .addOption(
      flag(heatmapOptions.kMin, '--kmin <k>', 'regions of negative evidence, likewise; 0 for none (default: as kmax)'),
    )
    .addOption(flag(heatmapOptions.alpha, '--alpha <number>', 'weight of the negative evidence'))
    .addOption(new Option('--reduction <how>', 'how the two ends become a score').choices(['mean', 'sum', 'halfMean']))
    .optionsGroup('Results:')
    .addOption(flag(heatmapOptions.out, '--out <folder>', 'folder for the results').default('heatmaps'))
    .addOption(
      flag(
        heatmapOptions.formats,
        '--format <formats>',
        `some of ${outputFormats.join(', ')}, separated by commas: images, raw maps, ` +
          'raw maps for NumPy, one page for all images',
      ).default(['png'], 'png'),
    )
    .addOption(new Option('--colors <name>', 'colour map').choices(colorMapNames))
    .addOption(new Option('--range <rule>', 'range of the colours').choices(rangeRules))
    .addOption(
      new Option(
        '--outlines <what>',
        'lines around the regions: around their cells, or around all that the network saw for them (boxes)',
      ).choices(['cells', 'boxes', 'none']),
    )
    .addOption(flag(heatmapOptions.opacity, '--opacity <share>', 'opacity of the strongest colour, 0 to 1'))
    .addOption(
      flag(
        heatmapOptions.saturation,
        '--saturation <share>',
        "share of the image's own colours that stays under a map, 0 to 1",
      ),
    )
    .option('--resume', 'skip images that have results of the same model and options')
    .option('--json', 'print one JSON line per image, and a summary as the last')
    .optionsGroup('Other:')
    .addOption(
      new Option(
        '--decode <how>',
        'JPEGs in full, or reduced where the network needs far less (default: reduced on onnx, else full)',
      ).choices(['full', 'reduced']),
    )
    .addOption(maxMegapixelsFlag())
    .addHelpText(
      'after',
      `
Examples:
  weldon heatmap beach.jpg                        the five best classes of one image
  weldon heatmap images --format html --top 3     one page for a folder
  weldon heatmap images --classes "tabby,goldfish" --format png,npy --out maps
  weldon heatmap beach.jpg --size 448 --kmax 3 --kmin 3 --reduction mean`,
    )
    .action(runHeatmap);
}
