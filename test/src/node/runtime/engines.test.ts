import '../../../backends.js';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluateModel } from '../../../../src/commands/evaluate/evaluateModel.js';
import { faithfulnessOf } from '../../../../src/commands/experiment/faithfulness/faithfulness.js';
import { saveHead } from '../../../../src/commands/experiment/cache/savedModels.js';
import { openResultCache } from '../../../../src/commands/experiment/cache/resultCache.js';
import { heatmapFiles } from '../../../../src/commands/heatmap/heatmapFiles.js';
import { trainModel } from '../../../../src/commands/train/trainModel.js';
import { weldonPooling1d } from '../../../../src/layers/index.js';
import { attachWeldon } from '../../../../src/models/attachWeldon.js';
import { withRecipe } from '../../../../src/models/recipeMetadata.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
import { readClassFolders } from '../../../../src/node/datasets/classFolders.js';
import { computeFeatures, loadFeatures } from '../../../../src/node/features/computeFeatures.js';
import { diskFeatureStore } from '../../../../src/node/features/diskFeatureStore.js';
import { openFrozenNetwork } from '../../../../src/node/features/frozenNetwork.js';
import type { FrozenEngine } from '../../../../src/node/runtime/frozenEngine.js';
import { onnxEngine } from '../../../../src/node/runtime/frozenEngine.js';
import { tryOnnx } from '../../../../src/node/runtime/onnxRuntime.js';
import { readFloat16 } from '../../../../src/formats/float16.js';
import { refusal } from '../../../refusal.js';
import { chain, seedWeights } from '../../models/smallModels.js';
import { smallClasses, smallClassFolders, smallImage } from '../smallImages.js';
import { temporaryFolder } from '../temporaryFolder.js';
import { tidyGradientKernels } from '../../training/toyTask.js';

/** What runs frozen networks gives the same on ONNX Runtime as on wasm, as far as float32 goes. */
describe('frozen networks on ONNX Runtime, beside wasm', () => {
  const folder = temporaryFolder();
  let engine: FrozenEngine;
  let data: string;
  tidyGradientKernels('wasm');
  before(async () => {
    await tf.setBackend('wasm');
    const trial = await tryOnnx();
    if (!trial.usable) {
      throw new Error(trial.reason);
    }
    engine = onnxEngine(trial);
    data = folder.path('data');
    await smallClassFolders(data, 4);
  });

  const near = (found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number) => {
    expect(found.length).to.equal(wanted.length);
    for (let i = 0; i < found.length; i++) {
      expect(found[i]).to.be.closeTo(wanted[i], tolerance);
    }
  };

  it('feature: features of a data set, under a key of their own', async () => {
    const dataSet = await readClassFolders(data);
    const resize = { rule: 'warp' as const, size: 64 };
    const store = diskFeatureStore(folder.path('features'));
    const sets = [];
    const hashes = [];
    for (const given of [undefined, engine]) {
      const network = await openFrozenNetwork({ layer: 'stage4', engine: given, threads: 2 });
      const plan = { recipe: { input: network.input, resize }, batchSize: 3, shuffle: null, layer: 'stage4', store };
      const { computed } = await computeFeatures(network.model, dataSet, { ...plan, pass: network.pass, workers: 0 });
      expect(computed).to.equal(12);
      const again = await computeFeatures(network.model, dataSet, { ...plan, pass: network.pass, workers: 0 });
      expect(again).to.include({ computed: 0, found: 12 });
      sets.push(await loadFeatures(network, store, dataSet.images, resize));
      hashes.push(network.hash);
      await network.dispose();
    }
    const [[wasm, onnx]] = [sets];
    expect(hashes[0]).to.match(/ on wasm$/);
    expect(hashes[1]).to.match(/ on onnx 1\.\d+\.\d+$/);
    expect([onnx.rows, onnx.columns, onnx.depth]).to.deep.equal([wasm.rows, wasm.columns, wasm.depth]);
    // Stored in half precision: a difference in the last bit of float32 may become one of the last bit of float16.
    onnx.examples.forEach((bits, i) => near(readFloat16(bits), readFloat16(wasm.examples[i]), 2e-2));
  });

  it('feature: weldon train fills its cache by the engine, trains on tfjs, and weldon evaluate measures alike', async () => {
    const notices: string[] = [];
    const run = async (name: string, given?: FrozenEngine) =>
      trainModel({
        data,
        out: folder.path(name),
        size: 64,
        epochs: 3,
        batchSize: 4,
        validation: 0.25,
        engine: given,
        onEvent: (event) => event.kind === 'notice' && notices.push(event.text),
      });
    const wasm = await run('on wasm');
    const onnx = await run('on onnx', engine);
    near(
      onnx.history.map(({ loss }) => loss),
      wasm.history.map(({ loss }) => loss),
      5e-3,
    );
    expect(notices.filter((sentence) => /runs on/.test(sentence))).to.deep.equal([]);
    const config = JSON.parse(await readFile(join(onnx.folder, 'config.json'), 'utf8')) as Record<string, string>;
    expect(config.backend).to.equal('wasm');
    expect(config.engine).to.equal(engine.name);
    const [measured, other] = [
      await evaluateModel({ model: onnx.folder, data, engine, batchSize: 3 }),
      await evaluateModel({ model: onnx.folder, data, batchSize: 5 }),
    ];
    expect(measured.accuracy).to.deep.equal(other.accuracy);
    // Going on with the run on another engine would mix features.
    await trainModel({ resume: true, out: folder.path('on onnx') }).then(
      () => expect.fail('it was not refused'),
      (error: Error) =>
        expect(error.message).to.match(/^Expected the engine of the run .* to be onnx .* but received wasm/),
    );
  });

  it('feature: heat maps in the order of the images, with the same classes, and errors among them', async () => {
    const images = [];
    for (let i = 0; i < 5; i++) {
      images.push(folder.path(`image ${i}.png`));
      await smallImage(images[i], ['red'], i + 1, 80 + 8 * i);
    }
    const paths = [...images.slice(0, 2), folder.path('none.png'), ...images.slice(2)];
    const read = async (name: string, given?: FrozenEngine) => {
      const results = [];
      const options = { out: folder.path(name), size: 96, formats: ['json'] as const, top: 3, engine: given };
      for await (const result of heatmapFiles(paths, options)) {
        results.push(result);
      }
      return results;
    };
    const [wasm, onnx] = [await read('maps of wasm'), await read('maps of onnx', engine)];
    expect(onnx.map(({ path }) => path)).to.deep.equal(wasm.map(({ path }) => path));
    for (const [i, result] of onnx.entries()) {
      const wanted = wasm[i];
      if (result.error !== undefined || wanted.error !== undefined) {
        expect(result.error?.message).to.equal(wanted.error?.message);
        continue;
      }
      expect(result.classes.map(({ name }) => name)).to.deep.equal(wanted.classes.map(({ name }) => name));
      near(
        result.classes.map(({ score }) => score),
        wanted.classes.map(({ score }) => score),
        1e-3,
      );
      near(
        result.classes.map(({ probability }) => probability as number),
        wanted.classes.map(({ probability }) => probability as number),
        1e-4,
      );
    }
  });

  it('exception: what ONNX has no form for runs on tfjs, with the same results and one sentence', async () => {
    const pixels = tfl.input({ shape: [48, 48, 3] });
    const { conv2d, conv2dTranspose } = tfl.layers;
    const features = chain(
      pixels,
      conv2d({ filters: 4, kernelSize: 3, strides: 2, name: 'first' }),
      conv2dTranspose({ filters: 4, kernelSize: 3, padding: 'same', name: 'odd' }),
    );
    const backbone = seedWeights(tfl.model({ inputs: pixels, outputs: features }));
    const recipe = {
      input: { colorOrder: 'rgb' as const, scale: 1 / 128, offset: -1 },
      resize: { rule: 'warp' as const, size: 48 },
    };
    const odd = seedWeights(attachWeldon(backbone, { classes: smallClasses, kMax: 2, recipe }));
    await odd.save(fileHandler(folder.path('odd')));
    odd.dispose();
    backbone.dispose();
    const run = async (name: string, given?: FrozenEngine) => {
      const said: string[] = [];
      const notice = (sentence: string) => said.push(sentence);
      const common = { model: folder.path('odd'), engine: given, notice };
      const scores: number[][] = [];
      for await (const result of heatmapFiles([join(data, 'red')], {
        ...common,
        ...{ out: folder.path(name), formats: ['json'], decode: 'full' },
      })) {
        expect(result.error?.message).to.equal(undefined);
        scores.push(result.error === undefined ? result.classes.map(({ score }) => score) : []);
      }
      const { accuracy } = await evaluateModel({ ...common, data });
      return { scores, accuracy, said };
    };
    const [onnx, wasm] = [await run('odd on onnx', engine), await run('odd on wasm')];
    expect(onnx.scores).to.deep.equal(wasm.scores);
    expect(onnx.accuracy).to.deep.equal(wasm.accuracy);
    expect(wasm.said).to.deep.equal([]);
    expect(onnx.said).to.have.length(2);
    onnx.said.forEach((sentence) => expect(sentence).to.match(/^Model \S+ runs on wasm, not on onnx 1\S+: .*odd/));
  });

  it('exception: two inputs, bags and GraphModels are refused as on tfjs, before any image is read', async () => {
    const [a, b] = [tfl.input({ shape: [8, 8, 3] }), tfl.input({ shape: [8, 8, 3] })];
    const added = tfl.layers.add().apply([a, b]) as tfl.SymbolicTensor;
    const bags = tfl.input({ shape: [null, 4] });
    const masked = chain(bags, tfl.layers.masking({}), weldonPooling1d({ kMax: 1 }));
    const models = {
      two: tfl.model({ inputs: [a, b], outputs: chain(added, tfl.layers.globalAveragePooling2d({})) }),
      masked: tfl.model({ inputs: bags, outputs: masked }),
    };
    for (const [name, model] of Object.entries(models)) {
      await withRecipe(model, {
        ...{ version: 1, name, classNames: ['a', 'b', 'c', 'd'].slice(0, model.outputs[0].shape[1] as number) },
        ...{ input: { colorOrder: 'rgb', scale: 1, offset: 0 }, resize: { rule: 'warp', size: 8 } },
      }).save(fileHandler(folder.path(name)));
      model.dispose();
    }
    await mkdir(folder.path('graph'));
    await writeFile(
      join(folder.path('graph'), 'model.json'),
      JSON.stringify({ format: 'graph-model', modelTopology: { node: [] }, weightsManifest: [] }),
    );
    for (const name of ['two', 'masked', 'graph']) {
      const sentences = [];
      for (const given of [engine, undefined]) {
        const maps = heatmapFiles([data], { model: folder.path(name), out: folder.path('refused'), engine: given });
        sentences.push([
          await refusal(maps.next()),
          await refusal(evaluateModel({ model: folder.path(name), data, engine: given, notice: () => undefined })),
        ]);
      }
      const [[heatmap, evaluate]] = sentences;
      expect(sentences[1], name).to.deep.equal(sentences[0]);
      expect(`${heatmap} ${evaluate}`).not.to.match(/\n|undefined|not a function/);
    }
  });

  it('feature: images perturbed to measure maps; no tensor stays behind', async () => {
    const kernel = Float32Array.from({ length: 80 }, (_, i) => (i === 14 ? 0.3 : 0));
    const head = saveHead(
      {
        spec: { pooling: 'gap', maps: 1, rate: 0, seed: 0 },
        classes: 2,
        depth: 40,
        kernel,
        bias: Float32Array.of(0, 0),
        losses: [],
        validation: [],
      },
      'none',
    );
    const run = async (name: string, given?: FrozenEngine) =>
      faithfulnessOf({
        setup: { layer: 'stage3', size: 64, multiLabel: false, steps: 3 },
        methods: [{ id: 'cam', head, gradCam: false }],
        test: await readClassFolders(data),
        images: 3,
        resultCache: openResultCache(folder.path(name), () => undefined),
        key: name,
        jobs: 0,
        engine: given,
        tell: () => undefined,
      });
    const before = tf.memory().numTensors;
    const [wasm, onnx] = [await run('results of wasm'), await run('results of onnx', engine)];
    expect(tf.memory().numTensors).to.equal(before);
    const numbers = (found: typeof wasm) =>
      [...found.values()].flatMap((each) => Object.values(each).flat() as number[]);
    near(numbers(onnx).map(Number), numbers(wasm).map(Number), 1e-3);
  });
});
