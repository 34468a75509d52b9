import * as tf from '@tensorflow/tfjs-core';
import { expected, WeldonError } from '../../errors.js';
import { runtimeBackends } from './backendNames.js';
import type { RuntimeBackend } from './backendNames.js';
import type { BackendTrial } from './backendStarters.js';
import { tryCpu, tryTensorflow, tryWasm, tryWebgpu } from './backendStarters.js';

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
  backend: RuntimeBackend;
  /** what the backend computes on */
  device: 'gpu' | 'cpu';
  /** one sentence: why this backend */
  reason: string;
  /** every backend that was looked at, in the order of preference; `'auto'` stops at the first good one */
  considered: ConsideredBackend[];
}

const starters: Record<RuntimeBackend, () => Promise<BackendTrial>> = {
  tensorflow: tryTensorflow,
  webgpu: () => tryWebgpu(true),
  wasm: tryWasm,
  cpu: tryCpu,
};

/** Activates a backend that is loaded; the reason why not, or null. */
async function activate(backend: RuntimeBackend): Promise<string | null> {
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

async function startNamed(backend: RuntimeBackend): Promise<Runtime> {
  const trial = await starters[backend]();
  const failure = trial.usable ? await activate(backend) : trial.reason;
  if (!trial.usable || failure !== null) {
    throw new WeldonError(
      `Expected backend for startRuntime to be one that starts here but received "${backend}": ${failure}`,
    );
  }
  return {
    backend,
    device: trial.device,
    reason: `asked for; ${trial.reason}`,
    considered: [{ backend, state: 'chosen', reason: trial.reason }],
  };
}

/**
 * Looks at the backends in the order: a GPU build of tensorflow, a real WebGPU adapter, tensorflow on the CPU, wasm,
 * cpu. A package that is not installed costs a look at the disk.
 */
async function startBest(): Promise<Runtime> {
  const considered: ConsideredBackend[] = [];
  const attempt = async (backend: RuntimeBackend, trial: BackendTrial): Promise<Runtime | null> => {
    const failure = trial.usable ? await activate(backend) : trial.reason;
    if (!trial.usable || failure !== null) {
      considered.push({ backend, state: 'unusable', reason: failure ?? trial.reason });
      return null;
    }
    const passedOver = considered.map((each) => each.reason);
    considered.push({ backend, state: 'chosen', reason: trial.reason });
    return { backend, device: trial.device, reason: [trial.reason, ...passedOver].join('; '), considered };
  };

  const native = await tryTensorflow();
  if (native.usable && native.device === 'gpu') {
    const runtime = await attempt('tensorflow', native);
    if (runtime !== null) {
      return runtime;
    }
  }
  return (
    (await attempt('webgpu', await tryWebgpu(false))) ??
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

/**
 * Starts TensorFlow.js on the best backend of this machine and says which and why: a GPU build of tensorflow
 * (`@tensorflow/tfjs-node-gpu` that sees a GPU), a real WebGPU adapter (npm `webgpu`), tensorflow on the CPU, wasm, cpu.
 *
 * @param options.backend a backend by name, or `'auto'`
 * @throws WeldonError if the named backend does not start, with the reason, or if none does
 *
 * @example
 * const { backend, reason } = await startRuntime();
 * console.log(`${backend}: ${reason}`); // wasm: WebAssembly with SIMD; neither @tensorflow/tfjs-node-gpu nor …
 */
export async function startRuntime(options: StartRuntimeOptions = {}): Promise<Runtime> {
  const { backend = 'auto' } = options;
  if (backend !== 'auto' && !runtimeBackends.includes(backend)) {
    throw expected('backend for startRuntime', `'auto' or one of ${runtimeBackends.join(', ')}`, backend);
  }
  return backend === 'auto' ? startBest() : startNamed(backend);
}

/** Every backend with its state here, without activating any; for `weldon info`. */
export async function surveyBackends(): Promise<ConsideredBackend[]> {
  const survey: ConsideredBackend[] = [];
  for (const backend of runtimeBackends) {
    const trial = await starters[backend]();
    survey.push({ backend, state: trial.usable ? 'usable' : 'unusable', reason: trial.reason });
  }
  return survey;
}
