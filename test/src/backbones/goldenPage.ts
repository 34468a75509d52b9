/** The script of the page in which networks are held against their golden files; the test run drives it. */
import * as tf from '@tensorflow/tfjs-core';
import { AdaptiveAveragePooling2D } from '../../../src/backbones/networks/adaptiveAveragePooling.js';
import { safetensors } from '../../../src/formats/safetensors.js';
import type { PageBackend } from '../../browser/startBackend.js';
import { startBackend } from '../../browser/startBackend.js';
import type { BackboneGolden } from './formulaWeights.js';
import { checkNetwork, networks, runsOf } from './goldenNetworks.js';

/** What the test run calls in the page; errors come back as rejections. */
export interface GoldenPage {
  start(backend: PageBackend): Promise<string>;
  check(file: string): Promise<void>;
  /** `[1, 2, 3, 2]` of 0 … 11 averaged to one row and two columns. */
  averages(): Promise<number[]>;
  /** One tensor's first values, read from a URL and from a Blob. */
  values(url: string, tensor: string): Promise<[fromUrl: number[], fromBlob: number[]]>;
}

declare global {
  var golden: GoldenPage;
}

globalThis.golden = {
  start: async (backend) => (await startBackend(backend)).backend,

  async check(file) {
    const golden = (await (await fetch(`${file}.json`)).json()) as BackboneGolden;
    const [, build] = networks.find(([name]) => name === file)!;
    await checkNetwork(build, golden, 'fold', runsOf(golden, false));
  },

  async averages() {
    const x = tf.tensor4d(
      Array.from({ length: 12 }, (_, i) => i),
      [1, 2, 3, 2],
    );
    return [...(await (new AdaptiveAveragePooling2D({ size: [1, 2] }).apply(x) as tf.Tensor).data())];
  },

  async values(url, tensor) {
    const blob = await (await fetch(url)).blob();
    const [fromUrl, fromBlob] = [await safetensors(new URL(url, location.href)), await safetensors(blob)];
    const head = async (file: typeof fromUrl) => [...(await file.read(tensor)).slice(0, 8)];
    return [await head(fromUrl), await head(fromBlob)];
  },
};
