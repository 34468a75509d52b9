import type { PoolingOptions } from '../../../src/pooling/options.js';
import type { ModelName } from '../messages.js';

export interface SnippetSettings {
  model: ModelName;
  className: string;
  pooling: PoolingOptions;
  /** short side of the network's input; not used for a model of the user's own */
  size: number;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function poolingCode({ kMax, kMin, alpha, reduction }: PoolingOptions): string {
  return `{ kMax: ${kMax}, kMin: ${kMin ?? null}, alpha: ${alpha}, reduction: ${quoted(reduction ?? 'mean')} }`;
}

/** Code that gives the same maps, scores and regions with the library. */
export function codeSnippet({ model, className, pooling, size }: SnippetSettings): string {
  const ready =
    model === 'imagenet'
      ? [`const network = await loadEfficientNetLite0('models/efficientnet-lite0/model.json');`]
      : [`const network = await loadLayersModel('my-model/model.json');`];
  return [
    `import { ${model === 'imagenet' ? 'classHeatmaps, convolutionalize, loadEfficientNetLite0' : 'classHeatmaps, convolutionalize'} } from 'tfjs-weldon';`,
    ...(model === 'imagenet' ? [] : [`import { loadLayersModel } from '@tensorflow/tfjs-layers';`]),
    '',
    ...ready,
    'const model = convolutionalize(network, {',
    `  pooling: ${poolingCode(pooling)},`,
    '});',
    '// photo: { data, width, height } with RGBA bytes, such as ImageData',
    'const { scores, maps, regions } = await classHeatmaps(model, photo, {',
    `  classes: [${quoted(className)}],`,
    ...(model === 'imagenet' ? [`  recipe: { resize: { rule: 'fit', size: ${size} } },`] : []),
    '});',
  ].join('\n');
}
