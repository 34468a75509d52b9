/** Networks of the shapes found in the wild, small enough to run in milliseconds; weights are seeded. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

type Symbolic = tfl.SymbolicTensor;

/** Applies layers one after the other. */
export function chain(x: Symbolic, ...layers: tfl.layers.Layer[]): Symbolic {
  return layers.reduce((value, layer) => layer.apply(value) as Symbolic, x);
}

const { conv2d, maxPooling2d, dense, flatten } = tfl.layers;

/** Gives every weight of a model seeded values, moving variances positive, so that no two layers are alike. */
export function seedWeights(model: tfl.LayersModel, seed = 7, scale = 0.3): tfl.LayersModel {
  tf.tidy(() => {
    model.setWeights(
      model.weights.map(({ shape, originalName }, i) => {
        const values = tf.randomUniform(shape as number[], -scale, scale, 'float32', seed + i);
        return originalName.includes('variance') || originalName.includes('gamma')
          ? tf.add(tf.abs(values), 0.5)
          : values;
      }),
    );
  });
  return model;
}

/** VGG: convolutions, two fully connected layers and a softmax on flattened maps, fixed input of 32 px. */
export function vggLike({ classes = 5, size = 32 } = {}): tfl.LayersModel {
  const image = tfl.input({ shape: [size, size, 3], name: 'image' });
  const scores = chain(
    image,
    conv2d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu', name: 'block1_conv' }),
    maxPooling2d({ poolSize: 2, strides: 2, name: 'block1_pool' }),
    conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu', name: 'block2_conv' }),
    maxPooling2d({ poolSize: 4, strides: 4, name: 'block2_pool' }),
    flatten({ name: 'flatten' }),
    dense({ units: 12, activation: 'relu', name: 'fc1' }),
    dense({ units: 10, activation: 'relu', name: 'fc2' }),
    dense({ units: classes, activation: 'softmax', name: 'predictions' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs: scores, name: 'vgg_like' }));
}

/** MobileNet v1 of keras.applications: GAP → Reshape → Dropout → 1×1 convolution → Reshape → Activation. */
export function mobileNetV1Like({ classes = 5, size = 32 as number | null } = {}): tfl.LayersModel {
  const image = tfl.input({ shape: [size, size, 3], name: 'input_1' });
  const scores = chain(
    image,
    tfl.layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
      name: 'conv1_pad',
    }),
    conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'valid', useBias: false, name: 'conv1' }),
    tfl.layers.batchNormalization({ name: 'conv1_bn' }),
    tfl.layers.reLU({ maxValue: 6, name: 'conv1_relu' }),
    tfl.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false, name: 'conv_dw_1' }),
    tfl.layers.batchNormalization({ name: 'conv_dw_1_bn' }),
    conv2d({ filters: 9, kernelSize: 1, strides: 2, padding: 'same', useBias: false, name: 'conv_pw_1' }),
    tfl.layers.reLU({ maxValue: 6, name: 'conv_pw_1_relu' }),
    tfl.layers.globalAveragePooling2d({ name: 'global_average_pooling2d_1' }),
    tfl.layers.reshape({ targetShape: [1, 1, 9], name: 'reshape_1' }),
    tfl.layers.dropout({ rate: 0.001, name: 'dropout' }),
    conv2d({ filters: classes, kernelSize: 1, padding: 'same', name: 'conv_preds' }),
    tfl.layers.reshape({ targetShape: [classes], name: 'reshape_2' }),
    tfl.layers.activation({ activation: 'softmax', name: 'act_softmax' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs: scores, name: 'mobilenet_v1_like' }), 11);
}

/** A residual network with two branches of different depth, stride 4, output [rows, columns, 6]. */
export function residualFeatures({ size = null as number | null, name = 'residual' } = {}): tfl.LayersModel {
  const image = tfl.input({ shape: [size, size, 3], name: 'image' });
  const stem = chain(
    image,
    conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu', name: 'stem' }),
  );
  const deep = chain(
    stem,
    conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu', name: 'deep_1' }),
    conv2d({ filters: 6, kernelSize: 3, padding: 'same', name: 'deep_2' }),
  );
  const shortcut = chain(stem, conv2d({ filters: 6, kernelSize: 1, strides: 2, padding: 'same', name: 'shortcut' }));
  const sum = tfl.layers.add({ name: 'sum' }).apply([deep, shortcut]) as Symbolic;
  return seedWeights(tfl.model({ inputs: image, outputs: chain(sum, tfl.layers.reLU({ name: 'out' })), name }), 23);
}

/** Transfer learning as in the tutorials: a Sequential whose first layer is a whole model. */
export function transferSequential({ classes = 4, size = 24 as number | null } = {}): tfl.Sequential {
  const model = tfl.sequential({ name: 'transfer_sequential' });
  model.add(residualFeatures({ size, name: 'base_sequential' }));
  model.add(tfl.layers.globalAveragePooling2d({ name: 'gap' }));
  model.add(tfl.layers.dropout({ rate: 0.5, name: 'drop' }));
  model.add(dense({ units: classes, activation: 'softmax', name: 'fc' }));
  return seedWeights(model, 31) as tfl.Sequential;
}

/** A base with its own pooling (`include_top: false, pooling: 'avg'`) and a classifier on top. */
export function transferPooled({ classes = 4, size = 24 as number | null } = {}): tfl.Sequential {
  const features = residualFeatures({ size, name: 'base_pooled' });
  const pooled = chain(features.outputs[0], tfl.layers.globalAveragePooling2d({ name: 'avg_pool' }));
  const model = tfl.sequential({ name: 'transfer_pooled' });
  model.add(tfl.model({ inputs: features.inputs, outputs: pooled, name: 'base_with_pooling' }));
  model.add(dense({ units: classes, activation: 'softmax', name: 'fc' }));
  return seedWeights(model, 61) as tfl.Sequential;
}

/** Transfer learning with the functional API: rescaling, then a model used as a layer, then a head. */
export function transferFunctional({ classes = 4, size = 24 as number | null } = {}): tfl.LayersModel {
  const image = tfl.input({ shape: [size, size, 3], name: 'raw' });
  const base = residualFeatures({ size, name: 'base_functional' });
  const scores = chain(
    image,
    tfl.layers.rescaling({ scale: 2, offset: -1, name: 'rescale' }),
    base,
    tfl.layers.globalAveragePooling2d({ name: 'gap' }),
    tfl.layers.batchNormalization({ name: 'head_bn' }),
    dense({ units: classes, name: 'fc' }),
    tfl.layers.softmax({ axis: -1, name: 'probabilities' }),
  );
  return seedWeights(tfl.model({ inputs: image, outputs: scores, name: 'transfer_functional' }), 41);
}

/** Seeded images in the range a network sees, `[batch, height, width, 3]`. */
export function images(batch: number, height: number, width = height, seed = 3): tf.Tensor4D {
  return tf.randomUniform([batch, height, width, 3], 0, 1, 'float32', seed);
}

/** Saves a model to memory and loads it again. */
export async function roundTrip(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined })) as tf.io.ModelArtifacts;
      saved.weightData = artifacts.weightData;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return tfl.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
}

/** The largest absolute difference of two tensors of the same shape. */
export function farthest(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}
