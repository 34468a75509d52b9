import { availableParallelism } from 'node:os';
import type * as tfl from '@tensorflow/tfjs-layers';
import { checkPixels } from '../../models/forward.js';
import type { FrozenOutput, FrozenPass } from '../../models/frozenPass.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { exportOnnx } from '../../onnx/exportOnnx.js';
import type { OnnxOutput } from '../../onnx/outputNames.js';
import { WeldonError } from '../../errors.js';
import { settleBeforeEnd } from '../workers/endProcess.js';
import type { ThreadPool } from '../workers/threadPool.js';
import { startThreadPool } from '../workers/threadPool.js';
import type { OnnxCall, OnnxReply, OnnxThreadData } from './onnxWorker.js';

/** What a frozen pass runs, and what it gives. */
export interface FrozenSpec {
  model: tfl.LayersModel;
  outputs: readonly FrozenOutput[];
  /** name of the layer whose output the features are; default: the backbone's last spatial output */
  layer?: string;
  /** how raw pixels are scaled; default: as the model's recipe says */
  input?: ModelRecipe['input'];
  /** threads at most; default: as many as cores */
  threads?: number;
  /** images that are to come, where that is known: a thread that would take only a few is not worth its session */
  images?: number;
  /** stands for all that decides the outputs but `input`: the same is exported once */
  hash?: string;
  /** threads start at once, beside the export, not with the first batch */
  soon?: boolean;
}

const names: Record<FrozenOutput, OnnxOutput> = { features: 'features', maps: 'class_maps', scores: 'scores' };

/** A session takes as long to make as some images in it. */
const imagesPerThread = 8;

function threadsFor({ threads = Math.min(16, availableParallelism()), images = Infinity }: FrozenSpec): number {
  return Math.max(1, Math.min(threads, Math.ceil(images / imagesPerThread)));
}

/** Exports by content, the latest last; a run has one or two networks. */
const exported = new Map<string, Promise<SharedArrayBuffer>>();
const mostExports = 2;

async function write({ model, outputs, layer, input }: FrozenSpec): Promise<SharedArrayBuffer> {
  const bytes = await exportOnnx(model, {
    outputs: outputs.map((output) => names[output]),
    layer,
    recipe: input === undefined ? undefined : { input },
  });
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}

function exportOnce(spec: FrozenSpec): Promise<SharedArrayBuffer> {
  const { hash, outputs, layer, input } = spec;
  if (hash === undefined) {
    return write(spec);
  }
  const key = JSON.stringify([hash, outputs, layer, input]);
  const found = exported.get(key) ?? write(spec);
  exported.delete(key);
  exported.set(key, found);
  found.catch(() => exported.delete(key));
  for (const [oldest] of exported) {
    if (exported.size <= mostExports) {
      break;
    }
    exported.delete(oldest);
  }
  return found;
}

/**
 * The ONNX Runtime form of a frozen pass: the model is exported in memory, and each of some threads runs a session of one
 * thread. Threads start with the first batch; idle ones do not keep the process alive.
 *
 * @param runtime where onnxruntime-node is, and its version
 * @throws WeldonError for a model that has no form in ONNX, with the reason
 */
export async function onnxPass(runtime: { folder: string; version: string }, spec: FrozenSpec): Promise<FrozenPass> {
  const threads = threadsFor(spec);
  const name = `onnx ${runtime.version}`;
  // A thread that is ended while it computes takes the process with it, so each is asked before it begins.
  const ending = new Int32Array(new SharedArrayBuffer(4));
  const underWay = new Set<Promise<unknown>>();
  const settle = async () => {
    Atomics.store(ending, 0, 1);
    await Promise.allSettled(underWay);
  };
  let isLeaving = false;
  const settled = settleBeforeEnd(() => {
    isLeaving = true;
    return settle();
  });
  // Nobody is told of what an end of the process refuses.
  const never = new Promise<never>(() => undefined);
  let pool: ThreadPool<OnnxCall, OnnxReply> | null = null;
  const start = () => {
    const workerData: OnnxThreadData = { folder: runtime.folder, ending };
    return (pool ??= startThreadPool(new URL('./onnxWorker.js', import.meta.url), { threads, workerData }));
  };
  if (spec.soon === true) {
    start();
  }
  let model: SharedArrayBuffer;
  try {
    model = await exportOnce(spec);
  } catch (error) {
    settled();
    await (pool as ThreadPool<OnnxCall, OnnxReply> | null)?.close();
    throw error;
  }
  const outputs = spec.outputs.map((output): [FrozenOutput, string] => [output, names[output]]);
  return {
    name,
    outputs: spec.outputs,
    // One batch in each thread's hands, one waiting there.
    lanes: 2 * threads,
    async run(batch) {
      checkPixels(batch, `the engine ${name}`);
      if (isLeaving) {
        return never;
      }
      if (ending[0] === 1) {
        throw new WeldonError('Expected the threads to be running but they have ended');
      }
      const reply = start().run({ model, outputs, batch });
      underWay.add(reply);
      try {
        return await reply;
      } catch (error) {
        if (isLeaving) {
          return await never;
        }
        throw error;
      } finally {
        underWay.delete(reply);
      }
    },
    async dispose() {
      await settle();
      await pool?.close();
      settled();
    },
  };
}
