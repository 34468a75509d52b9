import { openHeadsPerturbation } from './perturbHeads.js';
import type { HeadsSetup } from './perturbHeads.js';
import { openNetworkPerturbation } from './perturbNetwork.js';
import type { NetworkSetup } from './perturbNetwork.js';
import type { Perturbation } from './scoreMap.js';

/** What perturbing images needs to know; any thread may do it. */
export type PerturbationSetup = HeadsSetup | NetworkSetup;

/** @throws WeldonError if the network cannot be loaded */
export function openPerturbation(setup: PerturbationSetup): Promise<Perturbation> {
  return 'network' in setup ? openNetworkPerturbation(setup) : openHeadsPerturbation(setup);
}
