/**
 * FEATURES.md: what the conformance cases saw on every backend (`observed.json`), beside what they cannot see.
 * `npm run features` writes it.
 */
import { layerNames } from '../../src/onnx/layers/layerTable.js';
import { opsets, outputNames } from '../../src/onnx/outputNames.js';
import type { BackendName } from '../tolerances.js';
import { gradientTolerances, tolerances } from '../tolerances.js';
import type { ConformanceRun, RunName } from './conformanceRuns.js';
import { conformanceRuns } from './conformanceRuns.js';
import type { Observed, ObservedRun } from './observed.js';
import { readObserved } from './observed.js';

interface BackendNotes {
  /** the name in the table */
  title: string;
  /** how the op is computed */
  kernel: string;
  /** how the regions are read out */
  regions: string;
  limits: string;
}

const notes: Record<BackendName, BackendNotes> = {
  cpu: { title: 'cpu', kernel: 'typed arrays', regions: 'own', limits: 'memory' },
  wasm: {
    title: 'wasm, with and without SIMD and threads',
    kernel: "AssemblyScript in TensorFlow.js' memory",
    regions: 'own',
    limits: 'memory; one thread',
  },
  tensorflow: {
    title: 'tensorflow (tfjs-node, tfjs-node-gpu)',
    kernel: "of TensorFlow's kernels",
    regions: 'own',
    limits: 'memory; a masked map holding exactly ±3.4028235e38 reads as infinite',
  },
  webgpu: { title: 'webgpu', kernel: 'WGSL', regions: 'own', limits: "up to 2²⁴ regions; the device's buffer sizes" },
  webgl: {
    title: 'webgl, WebGL2',
    kernel: 'fragment programs',
    regions: 'own',
    limits: "up to 2²⁴ regions; the device's texture sizes",
  },
  'webgl-f16': {
    title: 'webgl with half floats (most phones)',
    kernel: 'fragment programs',
    regions: 'own up to 2 048 regions; above, read back and selected on the host',
    limits: 'values of 11 bits, up to 65 504; masked counts above 2 048 are rounded',
  },
  stock: {
    title: 'any other, and WebGL1',
    kernel: '',
    regions: 'stock ops',
    limits: 'a map holding exactly ±3.4028235e38 reads as infinite',
  },
};

const order: BackendName[] = ['cpu', 'wasm', 'tensorflow', 'webgpu', 'webgl', 'webgl-f16', 'stock'];

/** Names of the cases that a run passed. */
export function passedBy(observed: Observed, run: RunName): string[] {
  const without = new Set(observed.runs[run]?.without ?? observed.cases);
  return observed.cases.filter((name) => !without.has(name));
}

function runsOf(backend: BackendName): RunName[] {
  return (Object.entries(conformanceRuns) as [RunName, ConformanceRun][])
    .filter(([, run]) => (run.row ?? run.backend) === backend)
    .map(([name]) => name);
}

/** How many of the cases that match were passed by every run of the backend: all, some or none. */
function share(observed: Observed, backend: BackendName, matches: (name: string) => boolean): string {
  const wanted = observed.cases.filter(matches);
  const [first, ...others] = runsOf(backend)
    .filter((run) => conformanceRuns[run].backend === backend)
    .map((run) => passedBy(observed, run).filter(matches));
  const passed = first.filter((name) => others.every((each) => each.includes(name)));
  return passed.length === wanted.length
    ? 'yes'
    : passed.length === 0
      ? 'no'
      : `${passed.length} of ${wanted.length} cases`;
}

/** The largest extent that the names of passed cases tell, such as '65 536 regions'. */
function largest(observed: Observed, backend: BackendName, what: 'regions' | 'channels'): string {
  const told = runsOf(backend)
    .flatMap((run) => passedBy(observed, run))
    .flatMap((name) => [...name.matchAll(new RegExp(`([0-9][0-9 ]*) ${what}`, 'g'))].map(([, number]) => number));
  const value = (number: string) => Number(number.replaceAll(' ', ''));
  return told.length === 0 ? '–' : told.reduce((a, b) => (value(b) > value(a) ? b : a));
}

const power = (value: number) => `1e${Math.round(Math.log10(value))}`;
const oneDigit = (value: number) => (value === 0 ? '0' : value.toExponential(0));

function worst(observed: Observed, backend: BackendName, what: 'scoreError' | 'gradientError'): string {
  return oneDigit(Math.max(...runsOf(backend).map((run) => observed.runs[run]?.[what] ?? NaN)));
}

function backendRow(observed: Observed, backend: BackendName): string {
  const { title, kernel, regions, limits } = notes[backend];
  const own = observed.runs[runsOf(backend)[0]]?.ownKernel ?? false;
  const inGroup = (group: string) => share(observed, backend, (name) => name.startsWith(`${group}: `));
  return `| ${[
    title,
    own ? `own, ${kernel}` : 'stock ops',
    `${worst(observed, backend, 'scoreError')} of ${power(tolerances[backend])}`,
    `${worst(observed, backend, 'gradientError')} of ${power(gradientTolerances[backend])}`,
    inGroup('regions') === 'yes' ? regions : inGroup('regions'),
    inGroup('masks'),
    share(observed, backend, (name) => /: a NaN /.test(name)),
    largest(observed, backend, 'regions'),
    largest(observed, backend, 'channels'),
    limits,
  ].join(' | ')} |`;
}

function runRow(observed: Observed, name: RunName, { device, scoreError, gradientError }: ObservedRun): string {
  const { where } = conformanceRuns[name];
  const told = device.startsWith('Mozilla') || device.startsWith('Node') ? '' : `, ${device}`;
  return `| ${[
    name,
    `${where}${told}`,
    passedBy(observed, name).length,
    oneDigit(scoreError),
    oneDigit(gradientError),
  ].join(' | ')} |`;
}

/** FEATURES.md as it must read. */
export function featuresPage(observed: Observed = readObserved()): string {
  const runs = (Object.keys(conformanceRuns) as RunName[]).flatMap((name) => {
    const run = observed.runs[name];
    return run === undefined ? [] : [runRow(observed, name, run)];
  });
  return `# What works where

Written by \`npm run features\` from what the conformance suite observed (\`test/kernels/observed.json\`, which
\`RECORD_OBSERVED=1 npx mocha 'test/{kernels,browser}/**/*.test.ts'\` renews). A test keeps page, record and cases together.

The ${observed.cases.length} cases: golden vectors with values and gradients, ties, ±Infinity, NaN, overlapping ends, counts above the
number of regions, constant maps, empty batches, one region, 65 536 regions, 4 096 channels, masks, finite differences,
leaks, and what GPUs alone have: readbacks, kinds of textures, a device that is lost.

## The pooling op

| backend | forward | scores: largest relative error, of the bound | gradients | \`weldonRegions\` | masks | a NaN gives NaN | most regions checked | most channels checked | limits |
|---|---|---|---|---|---|---|---|---|---|
${order.map((backend) => backendRow(observed, backend)).join('\n')}

| run | where | cases passed | scores, largest relative error | gradients |
|---|---|---|---|---|
${runs.join('\n')}

Every run passes all cases that can hold there: those of GPUs are for GPUs, half floats do not tell some cases' values
apart or end before them, and WebGL1, which runs stock operations, is asked for the simplest and for leaks. No GPU of
silicon was at hand: webgl and webgpu run on SwiftShader, tensorflow on TensorFlow's CPU kernels.

## Everything else

| | cpu | wasm | webgl | webgpu | tensorflow |
|---|---|---|---|---|---|
| layers, \`attachWeldon\`, \`convolutionalize\`, \`classHeatmaps\` | tested | tested | stock layers and the op | stock layers and the op | stock layers and the op |
| \`logSumExpPool\` and its layers, of stock operations | tested | tested | stock operations | stock operations | stock operations |
| \`{ kind: 'gem' }\` pooling and its layers, of stock operations | tested | tested | stock operations | stock operations | stock operations |
| \`fineTune\`, all strategies, a network with convolutions: the losses of cpu to 1e-4 | tested | tested, with \`registerGradientKernels()\` | tested | tested | tested |
| averages of batch normalisation recomputed, a branch that stochastic depth drops | tested | tested | stock layers | stock layers | stock layers |
| a run that was stopped and goes on (with stochastic depth, dropout in blocks and pad-and-crop: cpu and wasm) | bit for bit | bit for bit | to 1e-4 | to 1e-4 | to 1e-4 |
| the embedded EfficientNet-Lite0, and the heat-map page | tested; no page | tested | tested | tested | stock layers; no page |
| backbones held to torchvision's outputs | tested (small ones) | tested | one | one | tested |
| \`gradCam\` | tested | tested | stock gradients | stock gradients | stock gradients |
| \`weldon heatmap\`, \`tag\`, \`train\`, \`evaluate\` | yes | yes | – | with npm \`webgpu\` | with tfjs-node(-gpu) |

## Models that are exported to ONNX

\`exportOnnx\` and \`weldon export\`: one file, opset ${opsets.oldest} to ${opsets.newest}, batch and image size free, raw pixels in,
${outputNames.map((name) => `\`${name}\``).join(', ')} out.

| | |
|---|---|
| layers | ${layerNames.join(', ')}, and every pooling of this package |
| refused by name | any other layer, one of the user's own too; masks, several inputs or outputs, GraphModels; adaptive pooling of maps of any size; a file of 2 GB |
| a size that is not free | where a layer was built for one: flattened maps, an average of the whole map |
| more regions asked for than there are | all of them |
| a share of the regions | half to even, in double |
| equal values | the lower index first, with ONNX Runtime on CPUs; others may differ, in the indices alone |
| ±Infinity | as IEEE |
| NaN in a map | a NaN score while top regions count (ONNX Runtime on CPUs); with \`kMax\` 0 it is lost |
| against the product, in ONNX Runtime 1.30 on CPUs | networks of \`golden/backbones\` within their tolerances, 1e-4 to 3e-4 of the root mean square; pooling vectors within 2e-7 of their scale; single layers 1e-5 |
| float16 | kernels are stored so and computed in float32; the embedded network, whose weights are float16 anyway, gives the same numbers from 9.4 MB as from 18.6 |
| elsewhere | \`onnxruntime-web\` in Chromium opens the files; the checker of \`onnx\` accepts them |

## Networks that stay as they are, on ONNX Runtime

Where \`onnxruntime-node\` 1.x is installed and there is no GPU, \`startRuntime\` takes it as \`engine\`; training, and what it
cannot run, stays on TensorFlow.js' backend. \`--backend wasm\` leaves it out.

| | |
|---|---|
| on it | \`weldon heatmap\`, \`evaluate\`, \`index\`, \`search\`, \`serve\`, \`tag\`, \`bake\`; features of \`train\` and \`experiment\` |
| not on it, said in one sentence | GraphModels, several inputs, masked bags, layers that are not exported; Grad-CAM |
| threads | one session of one thread a core, at most 16; fewer for few images |
| numbers | float32, not bit for bit those of TensorFlow.js: keys of kept features and results name the engine |
| JPEGs | \`weldon heatmap\` decodes those of four times the network's size and more at a half, a quarter or an eighth (\`--decode full\` does not); less than one grey level in the mean |
| Ctrl-C twice | ends with 130 when the batches in hand are through |

## Search

| | |
|---|---|
| a vector | features pooled (\`gap\`; any pooling; \`rmac\`; \`weldon\`: the mean of the 20 % of cells with most evidence of the image's best class), unit length, PCA of the catalogue itself, not whitened: 256 numbers, not brought to unit length, and one more |
| a query | the whole image; 71 windows of its 448-pixel map; the best 5 looked at again, in the best 3 of these the best inner place: 13 passes; the best of all counts, and says where |
| \`npm run bench:search\`, a garment in a room, 400 queries against 1 192 | the very one first for 81 %, the whole image for 0.3 % |
| \`npm run search\`, an object in a room, 120 queries against 431 | first for 67.5 %, the whole image for 3.3 %: 64 points, 56 to 73; overlap of the box .38 |
| where in the hit | \`--boxes\`, \`boxes\` of \`POST /search\`, every page; a pass a hit |
| "nothing similar" | a label, below what 98 % of the catalogue's items reach with another one; leaves nothing out unless \`--threshold\` is given |
| engines | a catalogue is searched on the engine that made it; another one by \`--backend\`, which is told: scores differ in the fourth digit |
| likes and unlikes | \`--learn\`: a factor for each direction, used where it beats Euclid's metric on held-out searches, at least 10; \`--forget\` |
| duplicates | equal bytes; cosine .94 and more: encoded anew or resized; .90 and more: similar |
| items of \`weldon serve\` (PUT) | stay when \`weldon index\` is called again, unless \`--prune\` |

## Stores of vectors

One suite holds all to the same results (\`test/src/search/storeSuite.ts\`); equal scores come in catalogue order.

| | \`memoryStore\` | a folder (\`@lancedb/lancedb\` 0.31) | \`postgres://\` (\`pg\`, pgvector) |
|---|---|---|---|
| where | browsers, Node | Node | Node |
| kept as | float32, float16 or int8 | float32 | float16 (\`halfvec\`) |
| exact | always | up to 150 000 vectors, read into memory; with \`exact\` | up to 2 000 vectors; with \`exact\`; behind filters that leave few |
| index | none | IVF, made by \`optimize\` | HNSW, made by \`optimize\`; \`hnsw.iterative_scan = strict_order\` |
| recall@10 of the index, 10 000 × 257 in clusters | 1 | ≥ .95 tested | ≥ .95 tested |
| filters (equality, lists, ranges) give all k | yes | yes | yes |
| an upsert | whole | one commit; conflicts of several writers are tried again | one transaction; writers wait for one another |
| killed while writing | – | readable at once, whole batches: 20 of 20 kills | 20 of 20 kills |
| gone for a while | – | – | statements are tried again for five seconds |
| tested on | Node | Node | PGlite, and PostgreSQL 18 where \`npm run setup:postgres\` was run |

## Bakes

| \`weldon bake --task\` | of every image | kept as | \`bake collect\` |
|---|---|---|---|
| \`features\` | the backbone's last spatial output, or that of \`--layer\` | float16 \`[rows, columns, depth]\` | JSON lines, NumPy, safetensors, Parquet, a cache for training |
| \`embeddings\` | unit vectors of the whole and of \`--crops\` parts | float32 | JSON lines, NumPy, safetensors, Parquet, a catalogue to search in |
| \`scores\` | logits, one per class | float32 | JSON lines, NumPy, safetensors, Parquet |
| \`heatmaps\` | class maps of the \`--top\` classes, with their scores | float16 \`[classes, rows, columns]\` | JSON lines, NumPy, safetensors, Parquet |
| \`tags\` | the \`--top\` classes with their probabilities | JSON lines | JSON lines, Parquet |

A shard is there when its JSON is, which is written last; its name holds the hash of its images and of all that decides their
numbers, the engine among them. On wasm its bytes are the same from any number of workers. A manifest never changes: other
images go to another place. All images are brought to one size (\`--resize warp\` or \`crop\`).

## Tags, themes and recommendation

| | |
|---|---|
| tags of one image | at most \`top\` a model and \`most\` in all; a reason where there is none; thresholds only where asked for: at 0.1 a tag leaves 6 % of images bare, at 0.5 73 % |
| read from the five best tags (\`npm run bench:tags\`) | the folder of 72 % of 4 278 test images out of 38, with two tags of a scene model 75 %; the scene model itself is right on 90 % of 3 585 |
| images that a model does not know | energy tells scenes from food and clothes with an AUC of 0.99 |
| regions | the strongest fifth of the cells; tags whose regions overlap by 0.35 are rivals for one object, not synonyms |
| factorization | HALS, multiplicative updates, Kullback-Leibler, penalties as scikit-learn 1.9.1 computes them: 21 golden cases within 1e-9 (1e-7 of a Kullback-Leibler error); an iteration takes 2.5 to 3.5 times as long as its coordinate descent |
| themes | agree with the folders with a normalized mutual information of 0.72 (0.63 from ImageNet tags alone); the same input gives the same bytes; two halves of the images give themes that match by 0.85 to 0.96, as the split falls |
| recommendation | a history ends the day before the choice; no real bookings with images were found to measure on, the golden ones are simulated |

## Files that are read

| | read | refused with the reason, or told |
|---|---|---|
| images | JPEG, PNG, WebP, GIF (first frame), AVIF, TIFF, by their first bytes; colour profiles are brought to sRGB, also with 16 bits | HEIC, raw, BMP, JPEG XL, JPEG 2000, SVG, DICOM and others by name; more than 100 megapixels; a side above 65 535 pixels |
| numbers in them | 8 bits; 16 and 32 bits, of which 255, 4095 or 65535 is white, the first that the image does not exceed; grey floats from 0 to 1, coloured ones as linear light | negative numbers, floats outside 0 … 1, NaN |
| folders | images by their names, in all subfolders | everything else, counted by kind; hidden folders and those of systems (\`@eaDir\`, \`#recycle\`, \`$RECYCLE.BIN\`, \`lost+found\`, \`__MACOSX\`); subfolders that cannot be read; names that are no UTF-8 |
| class folders | names that differ in blanks around them or in how accents are written are one class | classes that differ only in case are kept apart and told; a class folder whose name is no UTF-8 is refused |
| XMP sidecars of \`weldon tag\` | \`name.jpg.xmp\`: \`XMP-dc:Subject\`, \`XMP-lr:HierarchicalSubject\`, \`XMP-digiKam:TagsList\`; what others wrote there stays | a file of that name without XMP stays; perl or \`exiftool-vendored\` missing |
| copies of \`weldon tag --copies\` | JPEG, PNG, WebP, GIF, AVIF, TIFF with the same XMP inside; pixels, EXIF, profile and orientation as they were, the images untouched | an image that cannot hold XMP, by name; two images of one name; a copy that was edited stays |
| tags for \`weldon themes\` | \`tags.json\` of \`weldon tag\`, and a \`names.json\` that the user edits | more themes than images or tags; no image with a tag; a probability outside 0 … 1 |
| label files | comma, tab or semicolon; path and label in any order, with or without a header; 0/1 columns (\`1.0\`, \`True\`, -1 and 1); \`;\`, \`\\|\` or lists in Python's writing between labels, in a column called labels also \`,\`, and blanks where the cells show it; a column that counts rows is passed over | several columns that may be the label; a class twice in the header; images that are not there, with their lines |
| texts (label files, class names, recipes, configurations) | UTF-8, UTF-16, Windows-1252 (told) | other encodings |
`;
}
