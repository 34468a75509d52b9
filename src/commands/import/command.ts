import type { Command } from 'commander';
import { Option } from 'commander';
import { backboneNames } from '../../backbones/names.js';
import type { ImportWeightsOptions } from './importWeights.js';
import { toStderr, toStdout } from '../../node/notice.js';

interface ImportFlags extends Omit<ImportWeightsOptions, 'weights' | 'onStart' | 'onLayer'> {
  json?: boolean;
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} million`;
}

async function runImport(weights: string, flags: ImportFlags): Promise<void> {
  const [{ startRuntime }, { progressLine }, { importWeights }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('../progress.js'),
    import('./importWeights.js'),
  ]);
  // Nothing is computed, and plain JavaScript holds weights that are not filled yet without touching memory.
  await startRuntime({ backend: 'cpu' }).catch(() => startRuntime());
  const progress = progressLine();
  let [done, total] = [0, 0];
  const { json, ...options } = flags;
  try {
    const imported = await importWeights({
      ...options,
      weights,
      onStart: (layers) => {
        total = layers;
      },
      onLayer: (name) => progress.show('layers', ++done, total, name),
    });
    progress.stop();
    if (json) {
      toStdout(`${JSON.stringify(imported)}\n`);
    }
    const what =
      imported.include === 'classifier' ? `a classifier of ${imported.classes} classes` : 'features, no classifier';
    toStderr(
      `${imported.backbone}, ${what}, ${millions(imported.parameters)} numbers, ` +
        `${(imported.bytes / 1e6).toFixed(1)} MB: ${imported.folder}`,
    );
    if (imported.leftOut.length > 0) {
      const shown = imported.leftOut.slice(0, 8).join(', ');
      const more = imported.leftOut.length > 8 ? ` and ${imported.leftOut.length - 8} more (--json lists them)` : '';
      toStderr(`Left out, as ${imported.backbone} has no place for them here: ${shown}${more}`);
    }
    if (imported.missing.includes('classNames')) {
      toStderr('No class names were given (--classes): heat maps will show numbers.');
    }
    if (flags.licenseFile === undefined) {
      toStderr('No licence was given (--license-file): add that of the weights before you pass them on.');
    }
  } finally {
    progress.stop();
  }
}

/** Arguments, options and action of `weldon import`. */
export function defineImport(command: Command): void {
  command
    .description(
      'Converts published weights to a TensorFlow.js folder that the other commands, and browsers, load: ' +
        "safetensors files and PyTorch checkpoints with torchvision's or timm's tensor names, Keras models converted to " +
        'TensorFlow.js. No code in a checkpoint is run.',
    )
    .argument('<weights>', 'a .safetensors, .pth or .pt file, a TensorFlow.js folder or model.json; a path or http URL')
    .optionsGroup('The network:')
    .requiredOption('--backbone <name>', `one of ${backboneNames.join(', ')}, or its name in torchvision or timm`)
    .option('--classes <file>', 'class names, one per line or a JSON array; imagenet for the standard 1000')
    .option('--stage <name>', 'features up to this stage, without the classifier')
    .addOption(
      new Option('--batch-norm <how>', 'fold into the convolutions (fastest), or keep for fine-tuning (freeze, train)')
        .choices(['fold', 'freeze', 'train'])
        .default('fold'),
    )
    .optionsGroup('Results:')
    .requiredOption('--out <folder>', 'folder for the model, new or empty')
    .option('--float16', 'store half precision: half the size')
    .option('--license-file <file>', 'licence of the weights, a text file stored beside them')
    .option('--json', 'print what was imported as one JSON line')
    .addHelpText(
      'after',
      `
Examples:
  weldon import resnet50.safetensors --backbone resnet50 --classes imagenet --out models/resnet50
  weldon import vgg16-397923af.pth --backbone vgg16 --stage block5 --float16 --out models/vgg16
  weldon heatmap beach.jpg --model models/resnet50`,
    )
    .action(runImport);
}
