/** Keeps the page in the browser, so that it works offline after the first visit. */
const ownCaches = 'tfjs-weldon-__page__-';
const pageCache = `${ownCaches}__version__`;
const weightsCache = 'tfjs-weldon-weights';
const files = '__files__' as unknown as readonly string[];

interface LifeCycleEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends LifeCycleEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const urlOf = (file: string) => new URL(file, self.location.href).href;
const isWeight = (file: string) => file.startsWith('model/');

/** Weights are kept across versions of the page; the page itself puts them there while it loads them. */
async function install(): Promise<void> {
  const page = await caches.open(pageCache);
  await page.addAll(files.filter((file) => !isWeight(file)).map(urlOf));
  const weights = await caches.open(weightsCache);
  for (const file of files.filter(isWeight)) {
    if ((await weights.match(urlOf(file))) === undefined) {
      await weights.add(urlOf(file));
    }
  }
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(ownCaches) && name !== pageCache).map((name) => caches.delete(name)),
  );
  const weights = await caches.open(weightsCache);
  const wanted = files.filter(isWeight).map(urlOf);
  await Promise.all(
    (await weights.keys())
      .filter(({ url }) => url.startsWith(urlOf('./')) && !wanted.includes(url))
      .map((request) => weights.delete(request)),
  );
  await (self as unknown as { clients: { claim(): Promise<void> } }).clients.claim();
}

/** What a server may change under the page comes from there as long as there is a connection. */
async function freshOrKept(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.ok) {
      await (await caches.open(pageCache)).put(request, response.clone());
    }
    return response;
  } catch (error) {
    const kept = await caches.match(request);
    if (kept === undefined) {
      throw error;
    }
    return kept;
  }
}

async function respond(request: Request): Promise<Response> {
  if (request.url.startsWith(urlOf('collection/'))) {
    return freshOrKept(request);
  }
  const url = request.mode === 'navigate' ? urlOf('index.html') : request.url;
  return (await caches.match(url, { ignoreSearch: true })) ?? fetch(request);
}

self.addEventListener('install', (event) => (event as LifeCycleEvent).waitUntil(install()));
self.addEventListener('activate', (event) => (event as LifeCycleEvent).waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request, respondWith } = event as FetchEvent;
  const inScope = request.url.startsWith(urlOf('./'));
  if (request.method === 'GET' && inScope) {
    respondWith.call(event, respond(request));
  }
});

export {};
