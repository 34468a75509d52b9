/** The network that a catalogue was made with. */
import { expectedInWords } from '../../errors.js';
import { featuresAt } from '../../models/attachWeldon.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import { layerGraph } from '../../models/layerGraph.js';
import { readRecipe } from '../../models/recipeMetadata.js';
import { featurePass } from '../../node/features/featureNetwork.js';
import { loadModel } from '../../node/models/loadModel.js';
import type { Notice } from '../../node/notice.js';
import { embeddedModelFolder } from '../../node/packageRoot.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { openPass } from '../../node/runtime/frozenEngine.js';
import { startRuntime } from '../../node/runtime/startRuntime.js';
import { checkMadeAlike } from '../../search/vectorStore.js';
import type { StoreDescription } from '../../search/vectorStore.js';
import { hashOfModel } from '../../training/hashOfModel.js';

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
  const loaded = await loadModel(folder ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind !== 'layers') {
    loaded.model.dispose();
    throw expectedInWords(loaded.path, 'a LayersModel', 'a GraphModel');
  }
  const { model } = loaded;
  try {
    const { step } = featuresAt(layerGraph(model), undefined);
    if (step === null) {
      throw expectedInWords(`model ${model.name}`, 'one with layers before its pooling', 'one that pools its input');
    }
    const layer = step.layer.name;
    const hash = await hashOfModel(model, layer);
    checkMadeAlike(description, { model: hash }, 'the catalogue');
    const { input } = readRecipe(model, { classNames: ['any'], resize: { rule: 'warp', size: description.size } });
    const spec = { model, outputs: ['features'] as const, layer, input, hash };
    const pass = (await openPass(engine, spec, notice)) ?? featurePass(model, layer, input);
    if (backend === undefined && pass.name !== description.engine) {
      await pass.dispose();
      throw expectedInWords(
        'the engine',
        `${description.engine}, which the catalogue was made on,`,
        `${pass.name}: bake the catalogue anew, or serve it on this one all the same with --backend ${kind}`,
      );
    }
    return {
      ...pass,
      run: (batch) => pass.run(batch),
      async dispose() {
        model.dispose();
        await pass.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
