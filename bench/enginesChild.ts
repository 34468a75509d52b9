/** One measurement of bench/engines.ts: a process that says what it found as its last line. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { convolutionalize } from '../src/models/convolutionalize.js';
import { recipeParts } from '../src/models/recipeMetadata.js';
import type { ModelRecipe } from '../src/models/recipe.js';
import { heatmapEncoder } from '../src/commands/heatmap/heatmapEncoder.js';
import { heatmapFiles } from '../src/commands/heatmap/heatmapFiles.js';
import { imageOf } from '../src/commands/heatmap/heatmapImage.js';
import { prepareHeatmapModel } from '../src/commands/heatmap/heatmapModel.js';
import { classHeatmaps } from '../src/heatmaps/classHeatmaps.js';
import { decodeForModel } from '../src/node/images/readForModel.js';
import { readImageBytes } from '../src/node/images/readImage.js';
import { makeFolder } from '../src/node/storage/atomicWrite.js';
import { openLedger, readSeen } from '../src/node/storage/ownFiles.js';
import type { HeatmapImage } from '../src/render/composite.js';
import { computeFeatures } from '../src/node/features/computeFeatures.js';
import { openFrozenNetwork } from '../src/node/features/frozenNetwork.js';
import { loadModel } from '../src/node/models/loadModel.js';
import { embeddedModelFolder } from '../src/node/packageRoot.js';
import type { RuntimeBackend } from '../src/node/runtime/backendNames.js';
import { packageFolder } from '../src/node/runtime/installedPackages.js';
import { loadOnnxRuntime } from '../src/node/runtime/onnxRuntime.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';
import { exportOnnx } from '../src/onnx/exportOnnx.js';

interface Task {
  task: 'features' | 'featuresBare' | 'heatmaps' | 'heatmapsBare' | 'profile' | 'files';
  folder: string;
  images: number;
  backend: RuntimeBackend;
  out: string;
}

const { task, folder, images, backend, out } = JSON.parse(process.argv[2]) as Task;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.jpe?g$/i.test(name))
  .sort();
// Spread over the folder: classes differ in size.
const paths = Array.from({ length: Math.min(images, files.length) }, (_, i) =>
  join(folder, files[Math.floor((i * files.length) / Math.min(images, files.length))]),
);

/** Marks images that are done, and says how fast they came while the pipeline was full. */
function stopwatch() {
  const marks: [images: number, seconds: number, cpu: number][] = [];
  return {
    done(count: number) {
      const { user, system } = process.cpuUsage();
      marks.push([count, performance.now() / 1000, (user + system) / 1e6]);
    },
    say() {
      const all = marks[marks.length - 1][0];
      const from = marks.find(([count]) => count >= all / 4) as (typeof marks)[0];
      const to = [...marks].reverse().find(([count]) => count <= (all * 3) / 4) as (typeof marks)[0];
      const between = to[0] - from[0];
      const figures = {
        imagesPerSecond: between / (to[1] - from[1]),
        cpuPerImage: (1000 * (to[2] - from[2])) / between,
      };
      console.log(JSON.stringify(figures));
    },
  };
}

async function features(): Promise<void> {
  const { engine } = await startRuntime({ backend });
  const network = await openFrozenNetwork({ layer: 'head', engine });
  const watch = stopwatch();
  const store = { read: async () => null, has: () => false, write: async <T>(_: unknown, given: T) => given };
  await computeFeatures(
    network.model,
    { name: 'bench', classes: ['any'], multiLabel: false, images: paths.map((path) => ({ path, labels: [0] })) },
    {
      recipe: { input: network.input, resize: { rule: 'warp', size: 224 } },
      ...{ batchSize: 4, shuffle: null, layer: 'head', store, pass: network.pass },
      onProgress: (count) => watch.done(count),
    },
  );
  await network.dispose();
  watch.say();
}

/** What one would write without this package. */
async function bare(size: number, withMaps: boolean): Promise<void> {
  await startRuntime({ backend: 'cpu' });
  const loaded = await loadModel(embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    throw new Error('Expected a LayersModel');
  }
  const bytes = withMaps
    ? await exportOnnx(convolutionalize(loaded.model), {
        outputs: ['scores', 'class_maps'],
        recipe: { input: recipeParts(loaded.model).input as ModelRecipe['input'] },
      })
    : await exportOnnx(loaded.model, { outputs: ['features'] });
  const { InferenceSession, Tensor } = await loadOnnxRuntime(packageFolder('onnxruntime-node') as string);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const watch = stopwatch();
  const decode = (path: string) =>
    sharp(path)
      .resize(size, size, { fit: 'fill', kernel: 'cubic' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
  let next = decode(paths[0]);
  for (let i = 0; i < paths.length; i++) {
    const pixels = await next;
    next = decode(paths[Math.min(i + 1, paths.length - 1)]);
    await session.run({ images: new Tensor('float32', new Float32Array(pixels), [1, size, size, 3]) });
    watch.done(i + 1);
  }
  await next;
  watch.say();
}

async function heatmaps(size: number): Promise<void> {
  const { engine } = await startRuntime({ backend });
  const watch = stopwatch();
  let count = 0;
  for await (const { error } of heatmapFiles(paths, { out, size, formats: ['json'], engine })) {
    if (error !== undefined) {
      throw error;
    }
    watch.done(++count);
  }
  watch.say();
}

/** What each step costs by itself, one image after the other: CPU time in ms, all threads. */
async function profile(size: number): Promise<void> {
  const { engine } = await startRuntime({ backend });
  const prepared = await prepareHeatmapModel({ size });
  const { model, recipe } = prepared;
  const pass = await engine.open({ model, outputs: ['scores', 'maps'], input: recipe.input, threads: 1 });
  await makeFolder(out);
  const ledger = await openLedger(out);
  const spent: Record<string, number> = {};
  let isWarm = false;
  const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    const before = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(before);
    spent[step] = (spent[step] ?? 0) + (isWarm ? (user + system) / 1000 : 0);
    return result;
  };
  const encode = (heatmap: HeatmapImage, format: 'json' | 'png') => heatmapEncoder.encode(heatmap, format, {});
  const warm = Math.floor(paths.length / 4);
  for (const [i, path] of paths.entries()) {
    isWarm = i >= warm;
    const { bytes } = await timed('read and hash', () => readSeen(path, readImageBytes));
    const image = await timed('decode and resize', () =>
      decodeForModel(bytes, path, recipe.resize, { decode: 'reduced' }),
    );
    const { pixels, width, height } = image.input;
    await timed('network', () => pass.run({ data: pixels, shape: [1, height, width, 3] }));
    const known = await pass.run({ data: pixels, shape: [1, height, width, 3] });
    const readings = await timed('classes, regions', () =>
      classHeatmaps(
        model,
        { data: pixels, width, height },
        { ...{ prepared: true, recipe, top: 5 }, pass: { ...pass, run: async () => known } },
      ),
    );
    const { heatmap } = imageOf(image, prepared, readings, true);
    const text = await timed('JSON text', () => encode(heatmap, 'json'));
    await timed('write', () => ledger.write({ path: join(out, `${i}.json`), content: text }));
    await timed('draw and encode PNG (with --format png)', () => encode(heatmap, 'png'));
  }
  await pass.dispose();
  const count = paths.length - warm;
  console.log(JSON.stringify(Object.fromEntries(Object.entries(spent).map(([step, ms]) => [step, ms / count]))));
}

/** Sizes of the embedded model as files, and what the export costs, which is not kept on the disk. */
async function fileSizes(): Promise<void> {
  await startRuntime({ backend: 'wasm' });
  const loaded = await loadModel(embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    throw new Error('Expected a LayersModel');
  }
  const { model } = loaded;
  const before = process.cpuUsage().user;
  const float32 = await exportOnnx(model, { outputs: ['scores'] });
  const exportMs = (process.cpuUsage().user - before) / 1000;
  const float16 = await exportOnnx(model, { outputs: ['scores'], weights: 'float16' });
  console.log(JSON.stringify({ float32MB: float32.length / 1e6, float16MB: float16.length / 1e6, exportMs }));
}

switch (task) {
  case 'features':
    await features();
    break;
  case 'featuresBare':
    await bare(224, false);
    break;
  case 'heatmapsBare':
    await bare(448, true);
    break;
  case 'heatmaps':
    await heatmaps(448);
    break;
  case 'profile':
    await profile(448);
    break;
  case 'files':
    await fileSizes();
    break;
}
process.exit();
