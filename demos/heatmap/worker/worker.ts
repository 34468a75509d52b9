/** The worker's only script: networks, maps and training live here, the page draws. */
import { WeldonError } from '../../../src/index.js';
import type { BackendName } from '../messages.js';
import { answerCalls, BackendFailure, handingOver, tell } from './answerCalls.js';
import { rememberFailure, setWasmFolder, useBackend } from './backends.js';
import type { DecodedPhoto } from './decodePhoto.js';
import { decodePhoto } from './decodePhoto.js';
import { fetchModel } from './fetchModel.js';
import { freeModels, setModel } from './models.js';
import { classMap, dropMaps, poolMaps, readPhoto } from './reading.js';

let photo: DecodedPhoto | null = null;
let backend: BackendName | null = null;

async function changeBackend(wanted: BackendName | 'auto') {
  dropMaps();
  freeModels();
  const state = await useBackend(wanted);
  backend = state.name;
  return state;
}

/** Lets `'auto'` know which backends fail at work. */
async function watched<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BackendFailure && backend !== null) {
      rememberFailure(backend, error.message);
    }
    throw error;
  }
}

answerCalls({
  async start({ modelFolder, wasmFolder, backend: wanted }) {
    setWasmFolder(wasmFolder);
    const [files, state] = await Promise.all([
      fetchModel(modelFolder, (loaded, total) => tell('loading', { what: 'Loading the network', loaded, total })),
      changeBackend(wanted),
    ]);
    return { backend: state, model: await setModel('imagenet', files) };
  },
  useBackend: ({ backend: wanted }) => changeBackend(wanted),
  async openPhoto({ file, name }) {
    const begin = performance.now();
    const decoded = await decodePhoto(file, name);
    photo = decoded;
    const { width, height, preview, note } = decoded;
    return handingOver({ name, width, height, preview, note, milliseconds: performance.now() - begin }, [preview]);
  },
  async read({ model, size, pooling, selected }) {
    if (photo === null) {
      throw new WeldonError('There is no photo yet: open one first.');
    }
    const opened = photo;
    return watched(() => readPhoto(opened, model, size, pooling, selected));
  },
  async pool({ pooling, selected }) {
    const begin = performance.now();
    const pooled = await watched(() => poolMaps(pooling, selected));
    return { pooled, milliseconds: performance.now() - begin };
  },
  classMap: ({ index }) => watched(() => classMap(index)),
}, []);
