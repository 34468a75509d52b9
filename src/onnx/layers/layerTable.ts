import { isRegionPooling } from '../../layers/index.js';
import type { LayerStep } from '../../models/layerGraph.js';
import type { LayerContext, LayerExport, Value } from '../layerContext.js';
import { exportPooling } from '../regionPoolings.js';
import { activationLayers } from './activations.js';
import { channelLayers } from './channels.js';
import { shapeLayers } from './shapes.js';
import { windowLayers } from './windows.js';

/** Every layer that has a form in ONNX, by its class name; the poolings are in regionPoolings.ts. */
const layerExports: Record<string, LayerExport | undefined> = {
  ...windowLayers,
  ...channelLayers,
  ...activationLayers,
  ...shapeLayers,
};

/** Names of the layers that can be exported, beside the poolings. */
export const layerNames: readonly string[] = Object.keys(layerExports).sort();

function exportOf({ layer }: LayerStep): LayerExport | undefined {
  if (isRegionPooling(layer)) {
    return exportPooling;
  }
  const name = layer.getClassName();
  return Object.hasOwn(layerExports, name) ? layerExports[name] : undefined;
}

/**
 * Refuses a model with a layer that cannot be exported, before anything is done.
 *
 * @throws WeldonError naming the layer, and those that can be
 */
export function checkLayers(context: Pick<LayerContext, 'refuse'>, steps: readonly LayerStep[]): void {
  for (const step of steps) {
    const name = step.layer.getClassName();
    if (name === 'Masking') {
      throw context.refuse(
        step,
        'absent: a mask of valid instances has no form in ONNX',
        'a Masking layer: export a model of bags of one length, without it',
      );
    }
    if (exportOf(step) === undefined) {
      const known = `${layerNames.join(', ')}, and the poolings of this package`;
      throw context.refuse(step, `one that can be exported (${known})`, name);
    }
  }
}

/** Adds a layer's nodes. */
export function exportLayer(context: LayerContext, step: LayerStep): Value {
  context.builder.scope = [...step.within, step.layer.name].join('/');
  return (exportOf(step) as LayerExport)(context, step);
}
