import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { efficientNetLitePytorchWeights } from '../../backbones/weights/efficientNetLite0Names.js';
import { withoutWrappers } from '../../backbones/weights/fitNames.js';
import { layersModelWeights } from '../../formats/layersModelWeights.js';
import { openWeights } from '../../formats/openWeights.js';
import { renameWeights } from '../../formats/weightSource.js';
import type { WeightSource } from '../../formats/weightSource.js';
import { fileHandler } from './fileHandler.js';
import { expected, expectedInWords, WeldonError } from '../../errors.js';
import type { ByteRanges } from '../../formats/byteRanges.js';
import { safetensors } from '../../formats/safetensors.js';
import type { SafetensorsFile } from '../../formats/safetensors.js';
import { besideUrl, longestIndex, readUrl } from '../../formats/urlModel.js';
import { urlRanges } from '../../formats/urlRanges.js';
import { decodeText } from '../readText.js';
import { readPlainFile } from '../storage/plainFile.js';
import { fileRanges } from './fileRanges.js';

/** Weights on the disk or the net, open until `close`. */
export interface WeightFile {
  source: WeightSource;
  close(): Promise<void>;
}

/** Ends every name of the first convolution in `efficientnet-lite-pytorch`. */
const stem = '_conv_stem.weight';

/** The same weights without the prefixes of training wrappers and the names of `efficientnet-lite-pytorch`. */
function usualNames(wrapped: WeightSource): WeightSource {
  const source = withoutWrappers(wrapped);
  const first = [...source.shapes.keys()].find((name) => name === stem || name.endsWith(`.${stem}`));
  if (first === undefined) {
    return source;
  }
  const prefix = first.slice(0, -stem.length);
  return efficientNetLitePytorchWeights(
    renameWeights(source, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name)),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

const indexName = /\.safetensors\.index\.json$/i;

/** Where an index and the files that it names lie. */
interface Place {
  name: string;
  readIndex(): Promise<Uint8Array>;
  open(file: string): Promise<ByteRanges & { close?: () => Promise<void> }>;
}

const onDisk = (path: string): Place => ({
  name: path,
  readIndex: () => readPlainFile(path, longestIndex),
  open: (file) => fileRanges(join(dirname(path), file)),
});

const onNet = (url: string): Place => ({
  name: url,
  readIndex: () => readUrl(url, longestIndex),
  open: async (file) => urlRanges(besideUrl(url, file)),
});

/** Tensor → file, as an index of weights has it. */
async function readIndex({ name, readIndex: read }: Place): Promise<Map<string, string>> {
  const what = 'an index of safetensors files with a weight_map';
  let map: unknown;
  try {
    map = (JSON.parse(decodeText(await read())?.text ?? '') as { weight_map: unknown }).weight_map;
  } catch (error) {
    if (error instanceof WeldonError) {
      throw error;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    const isContent = error instanceof SyntaxError || error instanceof TypeError;
    throw expectedInWords(
      name,
      what,
      code === 'ENOENT' ? 'no file of that name' : isContent ? 'other content' : message,
    );
  }
  if (typeof map !== 'object' || map === null) {
    throw expectedInWords(name, what, 'other content');
  }
  const entries = Object.entries(map as Record<string, unknown>);
  const wrong = entries.find(([, file]) => typeof file !== 'string' || file !== basename(file) || /^\.*$/.test(file));
  if (wrong !== undefined) {
    throw expected(`files of ${name}`, 'names in its own folder', wrong[1]);
  }
  return new Map(entries as [string, string][]);
}

/** Safetensors files that `<name>.safetensors.index.json` puts together, as large networks are published. */
async function openParts(place: Place): Promise<WeightFile> {
  const map = await readIndex(place);
  const files: { close?: () => Promise<void> }[] = [];
  const close = async () => void (await Promise.all(files.map((file) => file.close?.())));
  try {
    const owners = new Map<string, SafetensorsFile>();
    for (const name of new Set(map.values())) {
      const file = await place.open(name);
      files.push(file);
      const part = await safetensors(file);
      for (const tensor of part.shapes.keys()) {
        // Of a tensor in several files the index says which counts.
        if ((map.get(tensor) ?? name) === name) {
          owners.set(tensor, part);
        }
      }
    }
    const lost = [...map.keys()].find((tensor) => !owners.has(tensor));
    if (lost !== undefined) {
      throw expectedInWords(`tensor ${lost} of ${place.name}`, `in ${map.get(lost)}`, 'a file without it');
    }
    const ownerOf = (tensor: string) => {
      const owner = owners.get(tensor);
      if (owner === undefined) {
        throw expectedInWords(`tensor ${tensor}`, `in the files of ${place.name}`, 'files without it');
      }
      return owner;
    };
    const source: WeightSource = {
      name: place.name,
      shapes: new Map([...owners].map(([tensor, part]) => [tensor, part.shapes.get(tensor)!])),
      read: (tensor) => ownerOf(tensor).read(tensor),
      readPart: (tensor, ...part) => ownerOf(tensor).readPart(tensor, ...part),
    };
    return { source: usualNames(source), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens weights wherever they are: a safetensors file or PyTorch checkpoint, a TensorFlow.js folder or model.json, by
 * path or by http URL.
 *
 * @throws WeldonError for a path that is not there and for a file that is of none of these formats, or damaged
 */
export async function openWeightFile(pathOrUrl: string): Promise<WeightFile> {
  const nothing = async () => undefined;
  if (/^https?:/i.test(pathOrUrl)) {
    const { pathname } = new URL(pathOrUrl);
    if (indexName.test(pathname)) {
      return openParts(onNet(pathOrUrl));
    }
    const source = /\.json$/i.test(pathname) ? await layersModelWeights(pathOrUrl) : await openWeights(pathOrUrl);
    return { source: usualNames(source), close: nothing };
  }
  const path = pathOrUrl.startsWith('file://') ? fileURLToPath(pathOrUrl) : pathOrUrl;
  if (indexName.test(path)) {
    return openParts(onDisk(path));
  }
  if (/\.json$/i.test(path) || (await isFolder(path))) {
    return { source: await layersModelWeights(fileHandler(path)), close: nothing };
  }
  const file = await fileRanges(path);
  try {
    return { source: usualNames(await openWeights(file)), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
