import { expectedInWords } from '../../../src/errors.js';
import type { ImageDataSet } from '../../../src/node/dataSets/index.js';
import type { FeatureSet } from '../features/loadFeatures.js';
import { gradCamMaps } from './gradCamMaps.js';
import { openHead } from './keptHead.js';
import type { RowOutcome, SeedOutcome } from './outcome.js';
import { rivalOf, rounded } from './outcome.js';
import type { GradCamRow } from './runConfig.js';
import type { StageStore } from './stageStore.js';

/** The heads of another row, explained by Grad-CAM: the same scores, other maps. */
export async function gradCamRow(
  row: GradCamRow, explained: RowOutcome, test: ImageDataSet, features: () => Promise<FeatureSet>, stages: StageStore, key: unknown,
): Promise<RowOutcome> {
  const classes = test.classes.length;
  const seeds: SeedOutcome[] = [];
  for (const { seed, scores, head } of explained.seeds) {
    if (head === undefined) {
      throw expectedInWords(`the head of row ${row.of}`, 'kept, for its Grad-CAM', 'not there');
    }
    const maps = await stages.once(`${row.id}-seed${seed}`, [key, head], async () =>
      (await gradCamMaps(openHead(head), await features(), test.images.map(({ labels }, i) => {
        const rival = rivalOf(scores, i * classes, classes, labels);
        return rival < 0 ? labels : [...labels, rival];
      }))).map((list) => list.map((map) => rounded(map))));
    seeds.push({
      seed, scores, head, maps: maps.map((list, i) => list.slice(0, test.images[i].labels.length)),
      rivals: maps.map((list, i) => list[test.images[i].labels.length] ?? list[0].map(() => 0)),
    });
  }
  return { choice: explained.choice, grid: explained.grid, seeds };
}
