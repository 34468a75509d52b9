/** A thread that alters images, with a network and a backend of its own. */
import { workerData } from 'node:worker_threads';
import { startRuntime } from '../../../node/runtime/startRuntime.js';
import { serveThread } from '../../../node/workers/threadPool.js';
import type { AlteringSetup } from './perturb.js';
import { openAltering } from './perturb.js';

const { backend, setup } = workerData as { backend: 'wasm' | 'cpu'; setup: AlteringSetup };
const opening = startRuntime({ backend }).then(() => openAltering(setup));
opening.catch(() => undefined); // told to whoever asks

export default serveThread(async (path: string) => (await opening).measure(path));
