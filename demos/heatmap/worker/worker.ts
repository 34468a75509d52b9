/** The worker's only script: networks, maps and training live here, the page draws. */
import { WeldonError } from '../../../src/index.js';
import type { BackendName } from '../../page/messages.js';
import type { Calls, Events, ModelState, NamedBytes } from '../messages.js';
import { answerCalls, BackendFailure, handingOver, teller } from '../../page/worker/answerCalls.js';
import { rememberFailure, setWasmFolder, useBackend } from '../../page/worker/backends.js';
import type { DecodedPhoto } from '../../page/worker/decodeImage.js';
import { decodePhoto } from '../../page/worker/decodeImage.js';
import { fetchModel } from '../../page/worker/fetchModel.js';
import { forgetKeptModel, keepModel, keptModel } from './browserStore.js';
import { readGradCam } from './readGradCam.js';
import { dropModel, filesOf, freeModels, setModel } from './models.js';
import { forgetPhotos, learnPhoto } from './teach/features.js';
import { train } from './teach/train.js';
import { classMap, describeClasses, dropMaps, poolMaps, readPhoto } from './reading.js';

const tell = teller<Events>();

let photo: DecodedPhoto | null = null;
let backend: BackendName | null = null;
let training: AbortController | null = null;

/** A model that cannot be kept in the browser is there all the same. */
async function keep(files: readonly NamedBytes[]): Promise<void> {
  try {
    await keepModel(files);
  } catch (error) {
    tell('notice', { sentence: (error as Error).message });
  }
}

function photoAtHand(): DecodedPhoto {
  if (photo === null) {
    throw new WeldonError('There is no photo yet: open one first.');
  }
  return photo;
}

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

answerCalls<Calls>(
  {
    async start({ modelFolder, wasmFolder, backend: wanted }) {
      setWasmFolder(wasmFolder);
      const [files, state] = await Promise.all([
        fetchModel(modelFolder, (loaded, total) => tell('loading', { what: 'Loading the network', loaded, total })),
        changeBackend(wanted),
      ]);
      const model = await setModel('imagenet', files);
      let own: ModelState | null = null;
      let trouble: string | null = null;
      try {
        const kept = await keptModel();
        own = kept === null ? null : await setModel('own', kept);
      } catch (error) {
        trouble = `The model kept in this browser cannot be used. ${(error as Error).message}`;
      }
      return { backend: state, model, own, trouble };
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
      const opened = photoAtHand();
      return watched(() => readPhoto(opened, model, size, pooling, selected));
    },
    async pool({ pooling, selected }) {
      const begin = performance.now();
      const pooled = await watched(() => poolMaps(pooling, selected));
      return { pooled, milliseconds: performance.now() - begin };
    },
    classMap: ({ index }) => watched(() => classMap(index)),
    gradCam: ({ index, layer }) => watched(() => readGradCam(photoAtHand(), index, layer)),
    describe: ({ pooling, classes }) => watched(() => describeClasses(pooling, classes)),
    async draw({ picture, options }) {
      const { drawPng } = await import('./canvas.js');
      return drawPng({ ...picture, image: photoAtHand().pixels }, options);
    },
    async learnPhoto({ number, file, name, size }) {
      const thumbnail = await watched(() => learnPhoto(number, file, name, size));
      return handingOver({ thumbnail }, [thumbnail]);
    },
    forgetPhotos({ numbers }) {
      forgetPhotos(numbers);
      return null;
    },
    async train({ lessons, settings }) {
      training = new AbortController();
      const { signal } = training;
      const { files, ...report } = await watched(() =>
        train(lessons, settings, signal, (epoch) => tell('epoch', epoch)),
      );
      const model = await setModel('own', files);
      await keep(files);
      return { ...report, model };
    },
    stopTraining() {
      training?.abort();
      return null;
    },
    async openModel({ files }) {
      const model = await setModel('own', files);
      await keep(files);
      return model;
    },
    modelFiles() {
      const files = filesOf('own');
      if (files === undefined) {
        throw new WeldonError('There is no model of your own yet: teach one, or open one from files.');
      }
      return [...files];
    },
    async forgetModel() {
      dropModel('own');
      await forgetKeptModel();
      return null;
    },
  },
  ['stopTraining'],
);
