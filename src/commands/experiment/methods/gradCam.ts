import { expectedInWords } from '../../../errors.js';
import { gradCam } from '../../../heatmaps/index.js';
import type { ImageDataSet } from '../../../node/datasets/index.js';
import { readForModel } from '../../../node/images/index.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import { gradCamMaps } from './gradCamMaps.js';
import { openHead } from '../cache/savedHead.js';
import { openKeptNetwork } from '../cache/savedNetwork.js';
import type { KeptNetwork } from '../cache/savedNetwork.js';
import type { RowOutcome, SeedOutcome } from '../scores/outcome.js';
import { rounded } from '../scores/outcome.js';
import { rivalOf } from '../../../metrics/peak.js';
import type { GradCamRow } from '../config.js';
import type { StageStore } from '../cache/resultCache.js';

/** Of each picture the classes that it shows, and the strongest other one where there is one. */
function explainedClasses({ images, classes }: ImageDataSet, scores: readonly number[]): (readonly number[])[] {
  return images.map(({ labels }, i) => {
    const rival = rivalOf(scores, i * classes.length, classes.length, labels);
    return rival < 0 ? labels : [...labels, rival];
  });
}

/** The same scores, other maps. */
function withMaps(
  { seed, scores, head, network }: SeedOutcome,
  { images }: ImageDataSet,
  maps: readonly number[][][],
): SeedOutcome {
  return {
    seed,
    scores,
    head,
    network,
    maps: maps.map((list, i) => list.slice(0, images[i].labels.length)),
    rivals: maps.map((list, i) => list[images[i].labels.length] ?? list[0].map(() => 0)),
  };
}

/** The heads of another row, explained by Grad-CAM. */
export async function gradCamRow(
  row: GradCamRow,
  explained: RowOutcome,
  test: ImageDataSet,
  features: () => Promise<FeatureSet>,
  stages: StageStore,
  key: unknown,
): Promise<RowOutcome> {
  const seeds: SeedOutcome[] = [];
  for (const one of explained.seeds) {
    const { seed, scores, head } = one;
    if (head === undefined) {
      throw expectedInWords(`the head of row ${row.of}`, 'kept, for its Grad-CAM', 'not there');
    }
    const maps = await stages.once(`${row.id}-seed${seed}`, [key, head], async () => {
      const found = await gradCamMaps(openHead(head), await features(), explainedClasses(test, scores));
      return found.map((list) => list.map((map) => rounded(map)));
    });
    seeds.push(withMaps(one, test, maps));
  }
  return { choice: explained.choice, grid: explained.grid, seeds };
}

/** Pictures whose maps are kept together: what is lost where a run is stopped. */
const together = 32;

export interface NetworkGradCamTask {
  row: GradCamRow;
  explained: RowOutcome;
  test: ImageDataSet;
  /** pictures are warped to size × size pixels */
  size: number;
  stages: StageStore;
  tell(what: string, done: number, total: number): void;
}

/** Grad-CAM of some classes of some pictures, at the last features before the network's class maps. */
async function mapsOfNetwork(
  { folder }: KeptNetwork,
  paths: readonly string[],
  classes: readonly (readonly number[])[],
  size: number,
): Promise<number[][][]> {
  const model = await openKeptNetwork(folder);
  try {
    const found: number[][][] = [];
    for (const [i, path] of paths.entries()) {
      const {
        input: { pixels: data, width, height },
      } = await readForModel(path, { rule: 'warp', size });
      const {
        maps: [list],
      } = await gradCam(model, { data, width, height }, { prepared: true, classes: classes[i] });
      found.push(list.map((map) => rounded(map.data)));
    }
    return found;
  } finally {
    model.dispose();
  }
}

/** The trained networks of another row, explained by Grad-CAM. */
export async function gradCamRowOfNetworks({
  row,
  explained,
  test,
  size,
  stages,
  tell,
}: NetworkGradCamTask): Promise<RowOutcome> {
  const seeds: SeedOutcome[] = [];
  const paths = test.images.map(({ path }) => path);
  for (const one of explained.seeds) {
    const { seed, scores, network } = one;
    if (network === undefined) {
      throw expectedInWords(`the network of row ${row.of}`, 'kept, for its Grad-CAM', 'not there');
    }
    const classes = explainedClasses(test, scores);
    const maps: number[][][] = [];
    for (let from = 0; from < paths.length; from += together) {
      const to = Math.min(paths.length, from + together);
      const [ownPaths, ownClasses] = [paths.slice(from, to), classes.slice(from, to)];
      maps.push(
        ...(await stages.once(`${row.id}-seed${seed}-from${from}`, [network.name, size, ownClasses], () =>
          mapsOfNetwork(network, ownPaths, ownClasses, size),
        )),
      );
      tell(`Grad-CAM of ${row.of}, seed ${seed}`, to, paths.length);
    }
    seeds.push(withMaps(one, test, maps));
  }
  return { choice: explained.choice, grid: explained.grid, seeds };
}
