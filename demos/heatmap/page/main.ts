/** The page's only script; it draws, and leaves networks and maps to the worker. */
import type { Calls, Events } from '../messages.js';
import { dropAndPaste } from '../../page/dropAndPaste.js';
import { keepOffline } from '../../page/keepOffline.js';
import { wantedBackend } from '../../page/messages.js';
import { backendPanel, modelPanel } from './modelAndBackend.js';
import { WorkerCalls } from '../../page/callWorker.js';
import { Camera } from '../../page/camera.js';
import { comparePanel } from './comparePanel.js';
import { openFirst, openSample, photoSource } from './imageSource.js';
import { byId } from '../../page/element.js';
import { noticesPanel, progressView } from './noticesPanel.js';
import { poolingPanel } from './poolingPanel.js';
import { rankingPanel } from './rankingPanel.js';
import { seePanel } from './seePanel.js';
import { Session } from './session.js';
import { tabs } from '../../page/tabs.js';
import { takeAwayPanel } from './takeAwayPanel.js';
import { teachPanel } from './teach/teachPanel.js';

/** Filled in by the build: the network's folder, which is named after its content. */
declare const __networkFolder__: string;

const worker = new WorkerCalls<Calls, Events>(
  new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' }),
);
const session = new Session(worker);

noticesPanel(session);
progressView(session);
backendPanel(session);
rankingPanel(session);
poolingPanel(session);
seePanel(session);
photoSource(session);
takeAwayPanel(session);
const camera = new Camera((sentence) => session.say(sentence));
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

camera.takesOne(byId('open-camera'), (photo) => void session.openPhoto(photo, 'Camera photo'));
dropAndPaste(
  (files, on) => (byId('teach').hidden ? openFirst(session, files) : teach.take(files, on)),
  () => session.say('That holds no file. Save the picture first, then drop the file.'),
);

void session
  .attempt('Loading the network', async () => {
    const started = await worker.call('start', {
      modelFolder: new URL(__networkFolder__, document.baseURI).href,
      wasmFolder: new URL('wasm/', document.baseURI).href,
      backend: wantedBackend(location.search),
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
