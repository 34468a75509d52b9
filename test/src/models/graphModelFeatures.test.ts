import { registerOp } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classHeatmaps } from '../../../src/heatmaps/classHeatmaps.js';
import { mapGeometry, regionsInPixels } from '../../../src/heatmaps/regionsInPixels.js';
import type { GraphModelLike } from '../../../src/models/graphModelFeatures.js';
import { attachWeldonToGraph, graphModelFeatures, pairWithGraph } from '../../../src/models/graphModelFeatures.js';
import { registerWeldonGraphOps } from '../../../src/models/weldonGraphOps.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { tolerances } from '../../tolerances.js';
import { classifierGraph, graphModel, mean, numbers, text, weldonPoolNode } from './handBuiltGraph.js';
import { farthest, images as pictures, roundTrip } from './smallModels.js';

forEachBackend('GraphModel', (backend) => {
  let before: number;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });

  describe('graphModelFeatures', () => {
    it('finds the last node with rows and columns', async () => {
      const graph = await classifierGraph();
      const features = graphModelFeatures(graph);
      expect(features).to.deep.include({ node: 'block2/relu', channels: 5, stride: [4, 4], inputSize: [null, null] });
      const maps = features.extract(pictures(2, 12, 20));
      expect(maps.shape).to.deep.equal([2, 3, 5, 5]);
      tf.tidy(() => {
        const wanted = graph.execute(pictures(2, 12, 20), 'block2/relu') as tf.Tensor;
        expect(farthest(maps, wanted)).to.equal(0);
      });
      maps.dispose();
      graph.dispose();
    });

    it('takes a named node, a fixed size and a batch of one', async () => {
      const graph = await classifierGraph({ size: [16, 24], batch: 1 });
      const features = graphModelFeatures(graph, { node: 'block1/relu' });
      expect(features).to.deep.include({ node: 'block1/relu', channels: 4, stride: [2, 2], inputSize: [16, 24] });
      tf.tidy(() => {
        const x = pictures(3, 16, 24);
        const all = features.extract(x);
        expect(all.shape).to.deep.equal([3, 8, 12, 4]);
        const second = features.extract(tf.slice(x, [1, 0, 0, 0], [1, 16, 24, 3]));
        expect(farthest(tf.slice(all, [1, 0, 0, 0], [1, 8, 12, 4]), second)).to.be.below(tolerances[backend]);
      });
      graph.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });

    it('exception: unknown nodes, nodes without places, other inputs', async () => {
      const graph = await classifierGraph();
      expectError(
        () => graphModelFeatures(graph, { node: 'block2/rleu' }),
        'Expected node to be the name of a node of the GraphModel but received "block2/rleu". Nearest: "block2/relu", "block1/relu", "block2/conv"',
      );
      expectError(
        () => graphModelFeatures(graph, { node: 'logits' }),
        'Expected node logits of the GraphModel to give features [batch, rows, columns, channels] but received an output of shape [1, 3]. ' +
          'The last nodes that do: block1/conv, block1/relu, block2/conv, block2/relu',
      );
      const flat: GraphModelLike = {
        inputs: [{ name: 'x', shape: [-1, 5] }],
        outputs: [{ name: 'y' }],
        execute: () => tf.zeros([1]),
      };
      expectError(
        () => graphModelFeatures(flat),
        'Expected the GraphModel to be one that takes one image, [batch, height, width, 3] but received inputs x [-1, 5]',
      );
      const silent: GraphModelLike = {
        inputs: [{ name: 'x' }],
        outputs: [{ name: 'y' }],
        execute: () => tf.zeros([1]),
      };
      expectError(
        () => graphModelFeatures(silent),
        'Expected node for graphModelFeatures to be given, since this GraphModel does not tell its nodes but received none',
      );
      graph.dispose();
      const pooled = await graphModel([mean('pool', 'image', 'axes')], [], {
        ints: [{ name: 'axes', shape: [2], values: [1, 2] }],
      });
      expectError(
        () => graphModelFeatures(pooled),
        'Expected the GraphModel to be a network with nodes that give [batch, rows, columns, channels] but received one without',
      );
      pooled.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('attachWeldonToGraph', () => {
    const config = {
      classes: ['ripe', 'unripe'],
      kMax: 2,
      seed: 3,
      recipe: {
        input: { colorOrder: 'rgb' as const, scale: 1 / 255, offset: 0 },
        resize: { rule: 'warp' as const, size: 16 },
      },
    };

    it('trains the head on features and reads heat maps of the pair', async () => {
      const graph = await classifierGraph();
      const pair = attachWeldonToGraph(graph, config);
      expect(pair.head.outputs[0].shape).to.deep.equal([null, 2]);
      pair.head.compile({ optimizer: tf.train.adam(0.1), loss: 'categoricalCrossentropy' });
      const x = pair.features.extract(pictures(4, 16));
      const y = tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ]);
      tf.env().set('IS_TEST', false);
      const { history } = await pair.head.fit(x, y, { epochs: 20 });
      tf.env().set('IS_TEST', true);
      expect(history.loss[19]).to.be.below(history.loss[0] as number);
      tf.dispose([x, y]);

      const image = tf.randomUniform([16, 16, 3], 0, 255, 'int32', 5) as tf.Tensor3D;
      const { classes, maps, scores, regions } = await classHeatmaps(pair, image, { classes: ['unripe'] });
      expect(classes).to.deep.equal([[{ index: 1, name: 'unripe' }]]);
      expect([maps[0][0].rows, maps[0][0].columns]).to.deep.equal([4, 4]);
      const sorted = Array.from(maps[0][0].data).sort((a, b) => b - a);
      expect(scores[0][1]).to.be.closeTo(
        (sorted[0] + sorted[1] + sorted[14] + sorted[15]) / 2,
        10 * tolerances[backend],
      );

      const photo = { width: 32, height: 64 };
      expect(mapGeometry(pair, photo)).to.deep.equal({ x: { start: 4, step: 8 }, y: { start: 8, step: 16 } });
      const [best] = regionsInPixels(pair, regions[0][0].top, photo);
      expect(best.cell).to.deep.equal({ x: 8 * best.column, y: 16 * best.row, width: 8, height: 16 });
      expect(best.field).to.equal(null);
      image.dispose();
      pair.head.dispose();
      graph.dispose();
    });

    it('a saved head remembers its node', async () => {
      const graph = await classifierGraph();
      const pair = attachWeldonToGraph(graph, { ...config, node: 'block1/relu' });
      const loaded = await roundTrip(pair.head);
      const again = pairWithGraph(graph, loaded);
      expect(again.features.node).to.equal('block1/relu');
      const image = tf.randomUniform([20, 16, 3], 0, 255, 'int32', 6) as tf.Tensor3D;
      expect(await classHeatmaps(again, image)).to.deep.equal(await classHeatmaps(pair, image));
      expectError(
        () => pairWithGraph(graph, loaded, { node: 'block2/relu' }),
        'Expected head weldon_head to be one for features of 5 channels, as node block2/relu gives but received one for 4',
      );
      image.dispose();
      [pair.head, loaded].forEach((head) => head.dispose());
      graph.dispose();
      expect(tf.memory().numTensors).to.equal(before);
    });
  });

  describe('registerWeldonGraphOps', () => {
    it('runs WeldonPool in a GraphModel', async () => {
      registerWeldonGraphOps(registerOp);
      const graph = await graphModel(
        [
          weldonPoolNode('paper', 'image', { k_max: { i: '1' }, k_min: { i: '1' }, reduction: text('sum') }),
          weldonPoolNode('top', 'image', {
            k_max: { f: 0.10000000149011612 },
            k_min: { f: 0 },
            data_format: text('NHWC'),
          }),
          weldonPoolNode('plain', 'image', { alpha: { f: 0.5 } }),
          weldonPoolNode('half', 'image', { k_max: { i: '1' }, reduction: text('halfMean') }),
        ],
        [],
      );
      tf.tidy(() => {
        // Five by five: a tenth of the regions is 2.5, which rounds to the even 2.
        const values = Array.from({ length: 25 }, (_, i) => i);
        const maps = tf.stack([tf.tensor2d(values, [5, 5]), tf.neg(tf.tensor2d(values, [5, 5])), tf.zeros([5, 5])], 2);
        const run = (node: string) => Array.from((graph.execute(tf.expandDims(maps, 0), node) as tf.Tensor).dataSync());
        expect(run('paper')).to.deep.equal([24, -24, 0]);
        expect(run('top')).to.deep.equal([23.5, -0.5, 0]);
        expect(run('plain')).to.deep.equal([23 + 0.5, -1 - 0.5 * 23, 0]);
        expect(run('half')).to.deep.equal([12, -12, 0]);
      });
      graph.dispose();
    });

    it('exception: an unknown layout', async () => {
      registerWeldonGraphOps(registerOp);
      const graph = await graphModel([weldonPoolNode('pool', 'image', { data_format: text('NHCW') })], []);
      tf.tidy(() => {
        expectError(
          () => graph.execute(tf.tensor4d(numbers(12, 1), [1, 2, 2, 3]), 'pool'),
          "Expected data_format of a WeldonPool node to be 'NHWC' or 'NCHW' but received \"nhcw\"",
        );
      });
      graph.dispose();
    });
  });
});
