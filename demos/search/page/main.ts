/** The page's only script; it draws, and leaves the network and the search to the worker. */
import type { CollectionFacts } from '../../../src/search/index.js';
import { WorkerCalls } from '../../page/callWorker.js';
import { Camera } from '../../page/camera.js';
import { dropAndPaste } from '../../page/dropAndPaste.js';
import { byId, element } from '../../page/element.js';
import { keepOffline } from '../../page/keepOffline.js';
import { backendNames, backendTitles, wantedBackend } from '../../page/messages.js';
import type { BackendName } from '../../page/messages.js';
import { noticeList } from '../../page/notices.js';
import { tabs } from '../../page/tabs.js';
import type { Calls, Events, Sample } from '../messages.js';
import { collectionPanel, takeFiles } from './collectionPanel.js';
import { hitList } from './hitList.js';
import { mapView } from './mapView.js';
import { queryStage } from './queryStage.js';
import { Session } from './session.js';
import { wishPanel } from './wishPanel.js';

/** Filled in by the build: the network's folder, which is named after its content. */
declare const __networkFolder__: string;

/** Whether a collection of the user's own was kept: then the ready results are not what is searched. */
const ownMark = 'tfjs-weldon-search-own';

const folder = new URL('collection/', document.baseURI).href;
const worker = new WorkerCalls<Calls, Events>(
  new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' }),
);
const session = new Session(worker, folder);
session.network = {
  modelFolder: new URL(__networkFolder__, document.baseURI).href,
  wasmFolder: new URL('wasm/', document.baseURI).href,
};

session.onNotice(noticeList(byId('notices')));
queryStage(session);
hitList(session);
wishPanel(session);
mapView(session);
collectionPanel(session);

const views = tabs((name) => session.view !== name && session.show(name as typeof session.view));
session.on('view', () => views.open(session.view));

const camera = new Camera((sentence) => session.say(sentence));
camera.takesOne(byId('open-camera'), (photo) => void session.openPhoto(photo, 'Camera photo'));
dropAndPaste(
  (files) => takeFiles(session, files),
  () => session.say('That holds no file. Save the picture first, then drop the file.'),
);
addEventListener('hashchange', () => void session.readAgain());

const backend = byId<HTMLSelectElement>('backend');
backend.append(...backendNames.map((name) => element('option', { value: name }, backendTitles[name])));
backend.addEventListener('change', () => void session.useBackend(backend.value as BackendName));
session.on('backend', () => {
  backend.disabled = session.backend === null;
  backend.value = session.backend?.name ?? 'wasm';
});

const busy = byId('progress');
const bar = byId<HTMLProgressElement>('progress-bar');
session.on('busy', () => {
  busy.classList.toggle('on', session.busy !== null);
  if (session.busy !== null) {
    byId('progress-text').textContent = `${session.busy} …`;
    bar.removeAttribute('value');
  }
});
worker.on('loading', ({ what, loaded, total }) => {
  Object.assign(bar, { max: total, value: loaded });
  byId('progress-text').textContent = `${what}: ${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
});
worker.on('adding', ({ done, total }) => {
  Object.assign(bar, { max: total, value: done });
});

session.on('collection', () => {
  try {
    localStorage.setItem(ownMark, session.isOwn ? '1' : '');
  } catch {
    // a browser that keeps nothing shows the ready results first
  }
});

function isOwnKept(): boolean {
  try {
    return localStorage.getItem(ownMark) === '1';
  } catch {
    return false;
  }
}

function showSamples(samples: readonly Sample[]): void {
  byId('samples').append(
    ...samples.map(({ id, file }, i) => {
      const image = element('img', { src: folder + file, alt: `Sample ${i + 1}`, width: 64, height: 64 });
      const button = element('button', { type: 'button' }, image);
      button.addEventListener('click', () => void session.chooseSample(id));
      session.on('photo', () => {
        const isShown = session.query.kind === 'photo' && session.query.sample === id;
        button.setAttribute('aria-pressed', String(isShown));
      });
      return button;
    }),
  );
}

async function read(name: string): Promise<Uint8Array> {
  const response = await fetch(folder + name);
  if (!response.ok) {
    throw new Error(`Cannot load ${name}: the server answers ${response.status}. Build the page with its collection.`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

void session
  .attempt(null, async () => {
    const isOwn = isOwnKept();
    const [facts, samples] = await Promise.all([read('collection.json'), read('samples.json')]);
    const ready = JSON.parse(new TextDecoder().decode(samples)) as Sample[];
    showSamples(ready);
    await session.showReady(JSON.parse(new TextDecoder().decode(facts)) as CollectionFacts, ready, isOwn);
  })
  .then(async () => {
    // What lies ready is drawn before anything else is loaded.
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    if (session.facts !== null) {
      await session.load({ ...session.network, backend: wantedBackend(location.search) });
      await keepOffline(); // only now: the weights are in the browser's store already
    }
  });
