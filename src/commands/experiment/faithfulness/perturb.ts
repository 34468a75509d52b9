import { openHeadsAltering } from './perturbHeads.js';
import type { HeadsSetup } from './perturbHeads.js';
import { openNetworkAltering } from './perturbNetwork.js';
import type { NetworkSetup } from './perturbNetwork.js';
import type { Altering } from './scoreMap.js';

/** What altering images needs to know; any thread may do it. */
export type AlteringSetup = HeadsSetup | NetworkSetup;

/** @throws WeldonError if the network cannot be loaded */
export function openAltering(setup: AlteringSetup): Promise<Altering> {
  return 'network' in setup ? openNetworkAltering(setup) : openHeadsAltering(setup);
}
