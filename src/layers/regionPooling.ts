import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords } from '../errors.js';
import type { Pooling, PoolingName } from '../pooling/kinds.js';
import type { DataFormat } from '../pooling/options.js';
import { poolingOf } from '../pooling/presets.js';
import { kindNamed, poolingWith } from '../pooling/registry.js';
import type { LayerArgs } from './layerArgs.js';
import { callHook, singleShape } from './layerArgs.js';
import { refuseOtherCopy } from './otherCopy.js';

/** What the configs of all pooling layers have. */
export interface RegionPoolingConfig extends LayerArgs {
  /** Layout of the input maps. Default `'channelsLast'`. */
  dataFormat?: DataFormat;
}

/** What pooling layers share: shapes, layout and masks. A layer of rank 3 takes bags, with a mask of valid instances. */
export abstract class RegionPooling extends tfl.layers.Layer {
  readonly dataFormat: DataFormat;

  constructor(config: RegionPoolingConfig) {
    super(config);
    this.dataFormat = config.dataFormat ?? 'channelsLast';
    if (this.dataFormat !== 'channelsLast' && this.dataFormat !== 'channelsFirst') {
      throw expected(`dataFormat for ${this.getClassName()}`, "'channelsLast' or 'channelsFirst'", config.dataFormat);
    }
    this.supportsMasking = this.inputRank === 3;
  }

  /** Axes of the input: batch, one per spatial dimension, channels. 3 for bags, 4 for maps, 5 for volumes. */
  protected get inputRank(): number {
    return 4;
  }

  /** Scores `[batch, classes]` of maps in the layer's layout. */
  protected abstract pool(maps: tf.Tensor, mask: tf.Tensor | null): tf.Tensor2D;

  override apply(
    inputs: tf.Tensor | tf.Tensor[] | tfl.SymbolicTensor | tfl.SymbolicTensor[],
    kwargs?: Record<string, unknown>,
  ): ReturnType<tfl.layers.Layer['apply']> {
    [inputs].flat().forEach((input) => refuseOtherCopy(input, `The input of ${this.getClassName()} ${this.name}`));
    return super.apply(inputs, kwargs as tf.serialization.ConfigDict);
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    this.checkRank(inputShape);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = this.checkRank(inputShape);
    return [shape[0], this.dataFormat === 'channelsLast' ? shape[shape.length - 1] : shape[1]];
  }

  override computeMask(): tf.Tensor {
    // The instances are pooled away: nothing behind this layer could use their mask. tfjs takes null here,
    // though its typings do not say so.
    return null as unknown as tf.Tensor;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      callHook(this, inputs, kwargs);
      const [maps, second] = Array.isArray(inputs) ? inputs : [inputs];
      if (this.inputRank !== 3) {
        return this.pool(maps, null);
      }
      const given = kwargs?.mask as tf.Tensor | tf.Tensor[] | null | undefined;
      return this.pool(maps, second ?? (Array.isArray(given) ? given[0] : given) ?? null);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), dataFormat: this.dataFormat };
  }

  private checkRank(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const shape = singleShape(inputShape);
    if (shape.length !== this.inputRank) {
      throw expectedInWords(
        `the input of ${this.getClassName()} ${this.name}`,
        `of rank ${this.inputRank}`,
        `shape [${shape.map((extent) => extent ?? 'null').join(', ')}]`,
      );
    }
    return shape;
  }
}

type LayerClass = (new (config: RegionPoolingConfig) => RegionPooling) & { className: string };

const classes = new Map<string, { kind: PoolingName; made: LayerClass }>();
const ofMaps = new Map<PoolingName, LayerClass>();

/** Layers of TensorFlow.js that pool as a preset does. */
const stock: Record<string, 'gap' | 'max'> = { GlobalAveragePooling2D: 'gap', GlobalMaxPooling2D: 'max' };

/**
 * Makes a pooling's layers known: to tfjs, so that saved models load, and to all that makes, reads or takes apart models.
 *
 * @param made its layers for bags, maps and volumes; their configs hold the options that its entry in `poolingKinds` names
 */
export function registerPoolingLayers(
  kind: PoolingName,
  made: readonly [bags: unknown, maps: unknown, volumes: unknown],
): void {
  const layers = made as [LayerClass, LayerClass, LayerClass];
  for (const layer of layers) {
    tf.serialization.registerClass(layer as unknown as tf.serialization.SerializableConstructor<RegionPooling>);
    classes.set(layer.className, { kind, made: layer });
  }
  ofMaps.set(kind, layers[1]);
}

/** The layer that pools maps, `[batch, rows, columns, classes]`, as a pooling says. */
export function poolingLayer(
  { kind = 'weldon', ...options }: Pooling,
  config: RegionPoolingConfig = {},
): RegionPooling {
  return new (ofMaps.get(kind) as LayerClass)({ ...options, ...config });
}

/** Whether a layer is of one of the poolings in the registry, of any rank. */
export function isRegionPooling(layer: tfl.layers.Layer): boolean {
  return classes.has(layer.getClassName());
}

/** What a layer pools by: one of the registry's, or global average or maximum pooling; of any other layer nothing. */
export function poolingOfLayer(layer: tfl.layers.Layer): Pooling | undefined {
  const name = layer.getClassName();
  if (Object.hasOwn(stock, name)) {
    return poolingOf(stock[name], name);
  }
  const known = classes.get(name);
  if (known === undefined) {
    return undefined;
  }
  const config = layer.getConfig();
  const { optionNames } = kindNamed(known.kind);
  return poolingWith(known.kind, Object.fromEntries(optionNames.map((option) => [option, config[option]])));
}

/** A pooling layer like another one, with some options changed. */
export function poolingLayerLike(layer: tfl.layers.Layer, changes: object): RegionPooling {
  const { made } = classes.get(layer.getClassName()) as { made: LayerClass };
  return new made({ ...(layer.getConfig() as RegionPoolingConfig), ...changes });
}
