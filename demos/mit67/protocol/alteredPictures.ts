import { openHeadsAltering } from './alteringOfHeads.js';
import type { HeadsSetup } from './alteringOfHeads.js';
import { openNetworkAltering } from './alteringOfNetwork.js';
import type { NetworkSetup } from './alteringOfNetwork.js';
import type { Altering } from './judgeMap.js';

/** What altering pictures needs to know; any thread may do it. */
export type AlteringSetup = HeadsSetup | NetworkSetup;

/** @throws WeldonError if the network cannot be loaded */
export function openAltering(setup: AlteringSetup): Promise<Altering> {
  return 'network' in setup ? openNetworkAltering(setup) : openHeadsAltering(setup);
}
