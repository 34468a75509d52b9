import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { toStderr } from '../../node/notice.js';
import { checkOptions } from '../checkOptions.js';
import { isServer } from '../../node/vectorStores/openStore.js';
import { openFeedback } from './feedbackFile.js';
import { openSearchNetwork } from '../search/network.js';
import type { CheckedServeOptions, ServeCatalogueOptions } from './options.js';
import { serveSchema } from './options.js';
import { isLoopback, makeServer } from './routes.js';
import { openServed } from './servedCatalogue.js';
import type { PassFor } from './servedCatalogue.js';

/** A server that listens. */
export interface CatalogueServer {
  /** for example `http://127.0.0.1:8484` */
  url: string;
  /** Takes no more requests, ends those under way, and closes the catalogue. */
  close(): Promise<void>;
}

/** Why it cannot listen. */
function listenError(error: unknown, { host, port }: CheckedServeOptions): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return expectedInWords('the port', 'free', `${port}, where another program listens: choose one with --port`);
    case 'EACCES':
      return expectedInWords('the port', 'one that you may listen at', `${port}: choose one above 1023 with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return expectedInWords('the host', 'an address of this machine', JSON.stringify(host));
    default:
      return error;
  }
}

/**
 * Serves a catalogue over HTTP: searches by an image or by items, items and their images, a map; `GET /openapi.json`
 * describes all. A catalogue that is baked again meanwhile is served throughout.
 *
 * @throws WeldonError for options out of range, a place without a catalogue, one whose network or engine is not to be had,
 *   and an address that cannot be listened at
 *
 * @example
 * const server = await serveCatalogue({ catalogue: 'catalogue', port: 0 });
 * const { hits } = await (await fetch(`${server.url}/search`, { method: 'POST', body: form })).json();
 * await server.close();
 */
export async function serveCatalogue(options: ServeCatalogueOptions): Promise<CatalogueServer> {
  const { notice = toStderr, backend } = options;
  return serveWith(options, (opened, folder) => openSearchNetwork(opened, { folder, backend, notice }));
}

/** The same with a network of one's own. */
export async function serveWith(options: ServeCatalogueOptions, passFor: PassFor): Promise<CatalogueServer> {
  const { notice = toStderr, ...checked } = checkOptions(serveSchema(), options, { owner: 'serveCatalogue' });
  const { catalogue, images, host, port, feedback } = checked;
  if (checked.token === undefined && !isLoopback(host)) {
    notice(`${host} is reached from other machines, and no token is asked for: everybody there may search`);
  }
  const added = checked.added ?? (isServer(catalogue) ? null : join(catalogue, 'added'));
  const record = feedback === undefined ? null : await openFeedback(feedback);
  const served = await openServed({ location: catalogue, passFor, images, added, notice });
  try {
    const server = await makeServer(served, { ...checked, notice }, record);
    try {
      await server.listen({ host, port });
    } catch (error) {
      await server.close();
      throw listenError(error, checked);
    }
    const [{ address, port: own, family }] = server.addresses() as AddressInfo[];
    return {
      url: `http://${family === 'IPv6' ? `[${address}]` : address}:${own}`,
      async close() {
        await server.close();
        await served.close();
      },
    };
  } catch (error) {
    await served.close();
    throw error;
  }
}
