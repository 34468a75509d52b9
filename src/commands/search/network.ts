/** The network that a catalogue was made with. */
import { expectedInWords } from '../../errors.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import type { Notice } from '../../node/notice.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { startRuntime } from '../../node/runtime/startRuntime.js';
import type { Catalogue } from '../../search/catalogue.js';
import { checkMadeAlike } from '../../search/vectorStore.js';

/** How {@link openSearchNetwork} finds its network. */
export interface SearchNetworkOptions {
  /** folder of the model; null for the one of this package */
  folder: string | null;
  /** Where it runs, whatever the catalogue was made on. Default: there */
  engine?: FrozenEngine;
  /** the same, to be started */
  backend?: RuntimeBackend | 'auto';
  notice: Notice;
}

/** @throws WeldonError where it does not start here, with a way out */
async function engineOf(made: string): Promise<FrozenEngine> {
  const [kind] = made.split(' ');
  try {
    return (await startRuntime({ backend: kind as RuntimeBackend })).engine;
  } catch (error) {
    throw expectedInWords(
      'the engine',
      `${made}, which the catalogue was made on,`,
      `none of that kind (${(error as Error).message}): bake the catalogue anew, or go on with another one by --backend`,
    );
  }
}

/**
 * Opens the network that made a catalogue's vectors, on the engine that it ran on there. On another one, which has to be
 * asked for, or another version of it, scores differ in the fourth digit, which is told.
 *
 * @throws WeldonError for another network, and where the catalogue's engine does not start here
 */
export async function openSearchNetwork(
  { description, descriptor }: Pick<Catalogue, 'description' | 'descriptor'>,
  { folder, engine: asked, backend, notice }: SearchNetworkOptions,
): Promise<FrozenPass> {
  const made = description.engine;
  const engine = asked ?? (backend === undefined ? await engineOf(made) : (await startRuntime({ backend })).engine);
  const maps = descriptor.outputs.includes('maps');
  const network = await openFrozenNetwork({ folder: folder ?? undefined, engine, maps, notice });
  const { pass } = network;
  try {
    checkMadeAlike(description, { model: network.modelHash }, 'the catalogue');
    if (pass.name !== made) {
      const isAsked = asked !== undefined || backend !== undefined;
      const [kind] = made.split(' ');
      if (!isAsked && pass.name.split(' ')[0] !== kind) {
        throw expectedInWords(
          'the engine',
          `${made}, which the catalogue was made on,`,
          `${pass.name}: bake the catalogue anew, or go on with this one by --backend ${kind}`,
        );
      }
      notice(`The catalogue was made on ${made} and is searched on ${pass.name}: scores differ in the fourth digit`);
    }
  } catch (error) {
    await network.dispose();
    throw error;
  }
  return {
    name: pass.name,
    outputs: pass.outputs,
    lanes: pass.lanes,
    run: (batch) => pass.run(batch),
    dispose: () => network.dispose(),
  };
}
