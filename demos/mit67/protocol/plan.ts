import { join } from 'node:path';
import { spatialOutput } from '../features/spatialOutput.js';
import type { ProtocolData } from '../dataSets/index.js';
import { frozenGroups } from './frozenGroups.js';
import type { RunConfig } from './runConfig.js';

/** Seconds that a picture of 224 × 224 takes through a small network, and a step of one head on 32 maps of 14 × 14 × 1280. */
const perPicture = 0.03;
const perHeadStep = 0.006;
const perStep = 0.06;
/** Seconds per picture and epoch of fine-tuning at 448 from a late stage on; from the first layer on. */
const perTrained = { fineTune: 0.1, scratch: 0.5 };

function time(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const megabytes = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

/** What a run would do, with time and disk, roughly: as on two cores with native TensorFlow, nothing cached yet. */
export async function planText(config: RunConfig, data: ProtocolData, { weights, cache }: { weights?: string; cache: string }): Promise<string> {
  const { protocol } = config;
  const [{ train, test }] = data.splits;
  const pictures = new Set(data.splits.flatMap((split) => [...split.train.images, ...split.test.images]).map(({ path }) => path)).size;
  const splits = data.splits.length;
  const lines = [`${config.title}: ${data.name}, ${data.classes.length} classes, ${train.images.length} training and ` +
    `${test.images.length} test pictures${splits > 1 ? `, ${splits} splits` : ''}`];
  let [seconds, bytes] = [0, 0];
  const add = (what: string, took: number, disk = 0) => {
    seconds += took;
    bytes += disk;
    lines.push(`  ${what}: about ${time(took)}${disk > 0 ? `, ${megabytes(disk)} on the disk` : ''}`);
  };
  const steps = (count: number, epochs: number) => Math.ceil(count / protocol.batchSize) * epochs;
  const mostEpochs = Math.max(...protocol.epochs);
  for (const group of frozenGroups(config)) {
    const { rows, columns, depth } = await spatialOutput(weights, group.layer, group.size);
    add(`features of ${pictures} pictures at ${group.size} px (layer ${group.layer}, ${rows}×${columns}×${depth})`,
      pictures * perPicture * (group.size / 224) ** 2, pictures * rows * columns * depth * 2);
    const scale = (rows * columns * depth) / (14 * 14 * 1280);
    const choosing = protocol.epochs.reduce((sum, epochs) =>
      sum + steps(train.images.length * (1 - protocol.heldOut), epochs), 0) * protocol.repeats;
    const tried = group.heads.length * protocol.rates.length;
    if (group.heads.length > 0) {
      add(`choosing among ${protocol.rates.length * protocol.epochs.length} candidates for ${group.heads.map(({ id }) => id).join(', ')}, on ` +
        `${Math.round(100 * protocol.heldOut)} % of the training pictures`, splits * choosing * scale * (perStep + tried * perHeadStep));
      add(`training on all of them and one test, seeds ${protocol.seeds.join(', ')}`,
        splits * protocol.seeds.length * steps(train.images.length, mostEpochs) * scale * (perStep + group.heads.length * perHeadStep));
    }
    if (group.svms.length > 0) {
      add(`linear SVM for ${group.svms.map(({ id }) => id).join(', ')}`, splits * group.svms.length * train.images.length * 0.02);
    }
  }
  for (const row of config.rows) {
    if (row.kind === 'fineTune' || row.kind === 'scratch') {
      const size = ((row.size ?? config.size) / 448) ** 2;
      const epochs = row.epochs.reduce((sum, count) => sum + count, 0) * row.rates.length * (1 - protocol.heldOut) +
        protocol.seeds.length * Math.max(...row.epochs);
      add(`${row.name}: ${row.rates.length * row.epochs.length} candidates, then seeds ${protocol.seeds.join(', ')}`,
        splits * epochs * train.images.length * perTrained[row.kind] * size);
    }
  }
  lines.push(`In all about ${time(seconds)} and ${megabytes(bytes)} below ${join(cache)}; what is there already is not done again.`);
  return lines.join('\n');
}
