/** The network that a catalogue was made with. */
import { expectedInWords } from '../../errors.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import type { Notice } from '../../node/notice.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { startRuntime } from '../../node/runtime/startRuntime.js';
import { checkMadeAlike } from '../../search/vectorStore.js';
import type { StoreDescription } from '../../search/vectorStore.js';

/** How {@link openSearchNetwork} finds its network. */
export interface SearchNetworkOptions {
  /** folder of the model; null for the one of this package */
  folder: string | null;
  /** Where it runs, whatever the catalogue was made on. Default: there */
  backend: RuntimeBackend | 'auto' | undefined;
  notice: Notice;
}

/**
 * Opens the network that made a catalogue's vectors.
 *
 * @throws WeldonError for another network, and where the catalogue's engine does not start here
 */
export async function openSearchNetwork(
  description: StoreDescription,
  { folder, backend, notice }: SearchNetworkOptions,
): Promise<FrozenPass> {
  const [kind] = description.engine.split(' ');
  const { engine } = await startRuntime({ backend: backend ?? (kind as RuntimeBackend) });
  const network = await openFrozenNetwork({ folder: folder ?? undefined, engine, notice });
  const { pass } = network;
  try {
    checkMadeAlike(description, { model: network.modelHash }, 'the catalogue');
    if (backend === undefined && pass.name !== description.engine) {
      throw expectedInWords(
        'the engine',
        `${description.engine}, which the catalogue was made on,`,
        `${pass.name}: bake the catalogue anew, or serve it on this one all the same with --backend ${kind}`,
      );
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
