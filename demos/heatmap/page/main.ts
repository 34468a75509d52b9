/** The page's only script; it draws, and leaves networks and maps to the worker. */
import type { BackendName } from '../messages.js';
import { backendNames } from '../messages.js';
import { backendPanel, modelPanel } from './modelAndBackend.js';
import { WorkerCalls } from './callWorker.js';
import { Camera } from './camera.js';
import { comparePanel } from './comparePanel.js';
import { dropAndPaste, openFirst, openSample, photoSource } from './imageSource.js';
import { byId } from './element.js';
import { noticesPanel, progressView } from './noticesPanel.js';
import { poolingPanel } from './poolingPanel.js';
import { rankingPanel } from './rankingPanel.js';
import { seePanel } from './seePanel.js';
import { Session } from './session.js';
import { tabs } from './tabs.js';
import { takeAwayPanel } from './takeAwayPanel.js';
import { teachPanel } from './teach/teachPanel.js';

/** Keeps the page in the browser for the next visit; a browser that does not let it goes on without. */
async function keepOffline(): Promise<void> {
  try {
    await navigator.serviceWorker?.register(new URL('serviceWorker.js', document.baseURI));
  } catch {
    // private windows and insecure addresses have no service workers
  }
}

/** Filled in by the build: the network's folder, which is named after its content. */
declare const __networkFolder__: string;

const worker = new WorkerCalls(new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' }));
const session = new Session(worker);

noticesPanel(session);
progressView(session);
backendPanel(session);
rankingPanel(session);
poolingPanel(session);
seePanel(session);
photoSource(session);
takeAwayPanel(session);
const camera = new Camera(session);
const modelSwitch = modelPanel(session);
const compare = comparePanel(session);
const opened = tabs((name) => {
  byId('sources').hidden = name === 'teach';
  compare.opened(name === 'compare');
});
const teach = teachPanel(session, camera, () => {
  opened.open('see');
  void modelSwitch('own');
});

byId('open-camera').addEventListener(
  'click',
  () =>
    void camera.open('Take a photo', (photo) => {
      camera.close();
      void session.openPhoto(photo, 'Camera photo');
    }),
);
dropAndPaste(
  (files, on) => (byId('teach').hidden ? openFirst(session, files) : teach.take(files, on)),
  () => session.say('That holds no file. Save the picture first, then drop the file.'),
);

/** `?backend=wasm` in the address asks for one. */
function wantedBackend(): BackendName | 'auto' {
  const wanted = new URLSearchParams(location.search).get('backend') as BackendName;
  return backendNames.includes(wanted) ? wanted : 'auto';
}

void session
  .attempt('Loading the network', async () => {
    const started = await worker.call('start', {
      modelFolder: new URL(__networkFolder__, document.baseURI).href,
      wasmFolder: new URL('wasm/', document.baseURI).href,
      backend: wantedBackend(),
    });
    session.backend = started.backend;
    session.models.imagenet = started.model;
    session.models.own = started.own ?? undefined;
    if (started.trouble !== null) {
      session.say(started.trouble);
    }
    session.settings = [{ ...started.model.pooling }];
    session.changed('backend', 'models', 'settings');
  })
  .then(async () => {
    if (session.backend !== null) {
      await openSample(session, document.querySelector('#samples img') as HTMLImageElement);
      await keepOffline(); // only now: the weights are in the browser's store already
    }
  });
