import type { Command } from 'commander';
import { Option } from 'commander';
import { toStderr, toStdout } from '../../node/notice.js';
import { flag } from '../flags.js';
import type { ExportModelOptions } from './options.js';
import { exportFormats, exportOptions } from './options.js';

interface ExportFlags extends Omit<ExportModelOptions, 'model' | 'notice'> {
  json?: boolean;
}

async function runExport(model: string | undefined, { json, ...options }: ExportFlags): Promise<void> {
  const [{ startRuntime }, { exportModel }] = await Promise.all([
    import('../../node/runtime/startRuntime.js'),
    import('./exportModel.js'),
  ]);
  // Nothing is computed.
  await startRuntime({ backend: 'cpu' }).catch(() => startRuntime());
  const exported = await exportModel({ ...options, model });
  if (json) {
    toStdout(`${JSON.stringify(exported)}\n`);
  }
  const { path, bytes, opset, weights, pooling } = exported;
  const maps = pooling === null ? 'no class maps' : `scores from class maps by ${pooling.join(', ')}`;
  toStderr(`ONNX, opset ${opset}, ${weights}, ${maps}, ${(bytes / 1e6).toFixed(1)} MB: ${path}`);
}

/** Arguments, options and action of `weldon export`. */
export function defineExport(command: Command): void {
  command
    .description(
      'Writes a model as one ONNX file, which ONNX Runtime and other tools run without TensorFlow.js: scores, probabilities ' +
        'and class maps from raw pixels of any size, as `weldon heatmap` shows them.',
    )
    .argument('[model]', 'a run folder, a model folder or its model.json (default: EfficientNet-Lite0)')
    .requiredOption('--out <file>', 'the file to write; an older export of the name is replaced, no other file')
    .addOption(new Option('--format <name>', 'kind of file').choices(exportFormats).default('onnx'))
    .addOption(flag(exportOptions.outputs, '--outputs <names>', 'what the file gives, separated by commas'))
    .addOption(flag(exportOptions.opset, '--opset <n>', "version of ONNX's operators").default(17))
    .option('--float16', 'store half precision: half the size')
    .option('--no-scaling', "leave the recipe's scaling out: the file takes scaled pixels")
    .option('--no-maps', 'leave a classifier as it is, without class maps')
    .option('--recipe <file>', 'JSON file with what the model lacks: class names, input scaling, resize rule')
    .option('--json', 'print what was exported as one JSON line')
    .addHelpText(
      'after',
      `
Outputs: scores, probabilities, class_maps, top_indices, bottom_indices (the regions that count), features.

Examples:
  weldon export runs/rooms --out rooms.onnx
  weldon export models/resnet50 --out resnet50.onnx --float16 --outputs scores,class_maps`,
    )
    .action(runExport);
}
