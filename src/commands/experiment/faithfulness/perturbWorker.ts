/** A thread that perturbs images, with a network and a backend of its own. */
import { workerData } from 'node:worker_threads';
import { startRuntime } from '../../../node/runtime/startRuntime.js';
import { serveThread } from '../../../node/workers/threadPool.js';
import type { PerturbationSetup } from './perturb.js';
import { openPerturbation } from './perturb.js';

const { backend, setup } = workerData as { backend: 'wasm' | 'cpu'; setup: PerturbationSetup };
const opening = startRuntime({ backend }).then(() => openPerturbation(setup));
opening.catch(() => undefined); // told to whoever asks

export default serveThread(async (path: string) => (await opening).score(path));
