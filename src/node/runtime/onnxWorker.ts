/** A thread of `onnxPass`: one session of ONNX Runtime, which computes in the thread that calls it. */
import { workerData } from 'node:worker_threads';
import { WeldonError } from '../../errors.js';
import type { FrozenOutput, NumberArray, PixelBatch } from '../../models/frozenPass.js';
import { serveThread } from '../workers/threadPool.js';
import { loadOnnxRuntime } from './onnxRuntime.js';
import type { OnnxSession } from './onnxRuntime.js';

export interface OnnxThreadData {
  /** where onnxruntime-node is */
  folder: string;
  /** `[0]` is 1 from the moment that threads shall end: what has not begun by then is refused */
  ending: Int32Array;
}

/** The model comes with every call, as shared memory, so that threads start while it is still being made. */
export interface OnnxCall {
  model: SharedArrayBuffer;
  /** names of the model's outputs, and what each is here */
  outputs: readonly [FrozenOutput, string][];
  batch: PixelBatch;
}

export type OnnxReply = Partial<Record<FrozenOutput, NumberArray>>;

const { folder, ending } = workerData as OnnxThreadData;

const loading = loadOnnxRuntime(folder);
loading.catch(() => undefined); // told to whoever asks
let opening: Promise<OnnxSession> | null = null;

async function open(model: SharedArrayBuffer): Promise<OnnxSession> {
  const { InferenceSession } = await loading;
  // Sessions take no shared memory; the copy is freed when the session has read it.
  const bytes = new Uint8Array(model.byteLength);
  bytes.set(new Uint8Array(model));
  return InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Arenas keep what the largest batch took, in every thread.
    enableCpuMemArena: true,
    logSeverityLevel: 3,
  });
}

async function perform({ model, outputs, batch }: OnnxCall): Promise<OnnxReply> {
  const { Tensor } = await loading;
  const session = await (opening ??= open(model));
  if (Atomics.load(ending, 0) === 1) {
    throw new WeldonError('Expected the threads to be running but they are ending');
  }
  const { data, shape } = batch;
  const pixels = data instanceof Float32Array ? data : new Float32Array(data);
  const feed = new Tensor('float32', pixels, shape);
  const found = await session.run(
    { [session.inputNames[0]]: feed },
    outputs.map(([, name]) => name),
  );
  return Object.fromEntries(
    outputs.map(([output, name]): [FrozenOutput, NumberArray] => {
      const tensor = found[name];
      return [output, { data: tensor.data as Float32Array, shape: [...tensor.dims] }];
    }),
  );
}

export default serveThread(perform, (reply) => Object.values(reply).map(({ data }) => data.buffer as ArrayBuffer));
