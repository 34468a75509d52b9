import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected, WeldonError } from '../../errors.js';
import { runtimeBackends } from './backendNames.js';
import type { RuntimeBackend, TensorBackend } from './backendNames.js';
import type { BackendTrial } from './backendStarters.js';
import { tryCpu, tryTensorflow, tryWasm, tryWebgpu } from './backendStarters.js';
import type { FrozenEngine } from './frozenEngine.js';
import { onnxEngine, tensorEngine } from './frozenEngine.js';
import type { OnnxTrial } from './onnxRuntime.js';
import { tryOnnx } from './onnxRuntime.js';

export interface StartRuntimeOptions {
  /** Default `'auto'`. */
  backend?: 'auto' | RuntimeBackend;
}

/** One backend that was looked at. */
export interface ConsideredBackend {
  backend: RuntimeBackend;
  /** `'chosen'`, `'usable'`, or `'unusable'` */
  state: 'chosen' | 'usable' | 'unusable';
  /** what it runs on, or why it does not */
  reason: string;
}

export interface Runtime {
  /** the active backend of tfjs: it trains, and does all that ONNX Runtime does not */
  backend: TensorBackend;
  /** what the backend computes on */
  device: 'gpu' | 'cpu';
  /** where networks that stay as they are run: ONNX Runtime, or the backend */
  engine: FrozenEngine;
  /** one sentence: why this backend, and this engine */
  reason: string;
  /** every backend that was looked at, in the order of preference; `'auto'` stops at the first good one */
  considered: ConsideredBackend[];
}

const starters: Record<TensorBackend, () => Promise<BackendTrial>> = {
  tensorflow: tryTensorflow,
  webgpu: () => tryWebgpu(true),
  wasm: tryWasm,
  cpu: tryCpu,
};

/** Activates a backend that is loaded; the reason why not, or null. */
async function activate(backend: TensorBackend): Promise<string | null> {
  const before = tf.env().getBool('PROD');
  try {
    // The cpu backend greets its first tensor in Node with an advertisement, on stderr; production mode keeps quiet.
    tf.env().set('PROD', true);
    if (!(await tf.setBackend(backend))) {
      return 'it did not initialise';
    }
    await tf.ready();
    tf.scalar(0).dispose();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : String(error);
  } finally {
    tf.env().set('PROD', before);
  }
}

function refuse(backend: RuntimeBackend, reason: string): WeldonError {
  return new WeldonError(
    `Expected backend for startRuntime to be one that starts here but received "${backend}": ${reason}`,
  );
}

async function startNamed(backend: TensorBackend): Promise<Runtime> {
  const trial = await starters[backend]();
  const failure = trial.usable ? await activate(backend) : trial.reason;
  if (!trial.usable || failure !== null) {
    throw refuse(backend, failure ?? trial.reason);
  }
  return {
    backend,
    device: trial.device,
    engine: tensorEngine(backend),
    reason: `asked for; ${trial.reason}`,
    considered: [{ backend, state: 'chosen', reason: trial.reason }],
  };
}

/**
 * Looks at the backends in the order: a GPU build of tensorflow, a real WebGPU adapter, tensorflow on the CPU, wasm,
 * cpu. A package that is not installed costs a look at the disk.
 *
 * @param tryEngine looks for ONNX Runtime, which comes behind GPUs; with `onlyCpu`, in place of them
 */
async function startBest(tryEngine: () => Promise<OnnxTrial>, onlyCpu = false): Promise<Runtime> {
  const considered: ConsideredBackend[] = [];
  let engine: FrozenEngine | undefined;
  const attempt = async (backend: TensorBackend, trial: BackendTrial): Promise<Runtime | null> => {
    const failure = trial.usable ? await activate(backend) : trial.reason;
    if (!trial.usable || failure !== null) {
      considered.push({ backend, state: 'unusable', reason: failure ?? trial.reason });
      return null;
    }
    const passedOver = considered.filter(({ state }) => state === 'unusable').map((each) => each.reason);
    const frozen = considered.find((each) => each.backend === 'onnx' && each.state === 'chosen');
    considered.push({ backend, state: 'chosen', reason: trial.reason });
    return {
      backend,
      device: trial.device,
      engine: engine ?? tensorEngine(backend),
      reason: [
        ...(frozen === undefined
          ? []
          : [`${frozen.reason} for networks that stay as they are, ${backend} for the rest`]),
        trial.reason,
        ...passedOver,
      ].join('; '),
      considered,
    };
  };
  const lookForEngine = async () => {
    const trial = await tryEngine();
    engine = trial.usable ? onnxEngine(trial) : undefined;
    considered.push({ backend: 'onnx', state: trial.usable ? 'chosen' : 'unusable', reason: trial.reason });
  };

  const native = await tryTensorflow();
  if (!onlyCpu) {
    if (native.usable && native.device === 'gpu') {
      const runtime = await attempt('tensorflow', native);
      if (runtime !== null) {
        return runtime;
      }
    }
    const runtime = await attempt('webgpu', await tryWebgpu(false));
    if (runtime !== null) {
      return runtime;
    }
  }
  await lookForEngine();
  return (
    (await attempt('tensorflow', native)) ??
    (await attempt('wasm', await tryWasm())) ??
    (await attempt('cpu', await tryCpu())) ??
    Promise.reject(
      new WeldonError(
        'Expected a backend of TensorFlow.js to be installed but found none that starts: ' +
          `${considered.map((each) => each.reason).join('; ')}. Run npm install @tensorflow/tfjs-backend-wasm@4.22.0`,
      ),
    )
  );
}

async function startOnnx(): Promise<Runtime> {
  const trial = await tryOnnx();
  if (!trial.usable) {
    throw refuse('onnx', trial.reason);
  }
  const runtime = await startBest(async () => trial, true);
  return { ...runtime, reason: `asked for; ${runtime.reason}` };
}

/**
 * Starts TensorFlow.js on the best backend of this machine and says which and why: a GPU build of tensorflow
 * (`@tensorflow/tfjs-node-gpu` that sees a GPU), a real WebGPU adapter (npm `webgpu`), tensorflow on the CPU, wasm, cpu.
 * Where there is no GPU and onnxruntime-node is installed, `engine` runs networks that stay as they are on ONNX Runtime,
 * several times faster; training is TensorFlow.js' business all the same.
 *
 * @param options.backend a backend by name, whose `engine` is the backend itself; `'onnx'`: ONNX Runtime, and beside it the
 *   best backend on the CPU; or `'auto'`
 * @throws WeldonError if the named backend does not start, with the reason, or if none does
 *
 * @example
 * const { backend, engine, reason } = await startRuntime();
 * console.log(`${engine.name}, ${backend}: ${reason}`); // onnx 1.30.0, wasm: onnxruntime-node 1.30.0 for networks …
 */
export async function startRuntime(options: StartRuntimeOptions = {}): Promise<Runtime> {
  checkKeys(options, 'backend', 'startRuntime');
  const { backend = 'auto' } = options;
  if (backend !== 'auto' && !runtimeBackends.includes(backend)) {
    throw expected('backend for startRuntime', `'auto' or one of ${runtimeBackends.join(', ')}`, backend);
  }
  if (backend === 'auto') {
    return startBest(() => tryOnnx());
  }
  return backend === 'onnx' ? startOnnx() : startNamed(backend);
}

/** Every backend with its state here, without activating any; for `weldon info`. */
export async function surveyBackends(): Promise<ConsideredBackend[]> {
  const survey: ConsideredBackend[] = [];
  for (const backend of runtimeBackends) {
    const trial = await (backend === 'onnx' ? tryOnnx() : starters[backend]());
    survey.push({ backend, state: trial.usable ? 'usable' : 'unusable', reason: trial.reason });
  }
  return survey;
}
