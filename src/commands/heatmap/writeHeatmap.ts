import { dirname, extname } from 'node:path';
import { checkKeys, expected } from '../../errors.js';
import { writeOwnFiles } from '../../node/storage/ownFiles.js';
import type { Ledger } from '../../node/storage/ownFiles.js';
import type { DrawOptions } from '../../render/drawHeatmap.js';
import type { HeatmapImage } from '../../render/composite.js';
import { heatmapEncoder } from './heatmapEncoder.js';
import type { HeatmapEncoder } from './heatmapEncoder.js';
import { heatmapFormats } from './options.js';
import type { HeatmapFormat } from './options.js';

export interface WriteOptions extends DrawOptions {
  /** Default: what the name ends in. */
  format?: HeatmapFormat;
  /** Where the file's content is made: by default in this thread, or in another one by `startEncoderThread`. */
  encoder?: HeatmapEncoder;
  /** What is known of the folder's files; read anew where it is left out and a file is in the way. */
  ledger?: Ledger;
}

function formatOf(path: string, format: string | undefined): HeatmapFormat {
  const name = format ?? extname(path).slice(1).toLowerCase();
  if (!(heatmapFormats as readonly string[]).includes(name)) {
    throw expected(`the format of ${path}`, heatmapFormats.map((each) => `'${each}'`).join(' or '), name);
  }
  return name as HeatmapFormat;
}

/**
 * Writes the heat maps of one image as one file, whole or not at all. For many images in one page see `openReport`.
 * The folder's hidden `.weldon-files.jsonl` says which files are results: only those are replaced.
 *
 * @throws WeldonError for an unknown format, maps that do not fit their sizes, a file of that name that
 *   is no result, and a folder that is missing, full or may not be written to
 *
 * @example
 * await writeHeatmap('out/beach.png', image);
 * await writeHeatmap('out/beach.npy', image); // float32 [classes, rows, columns]
 */
export async function writeHeatmap(path: string, heatmap: HeatmapImage, options: WriteOptions = {}): Promise<void> {
  checkKeys(
    options,
    'format encoder maxSide maxWidth showImage range ownRange colors opacity saturation fade method outlines ledger',
    'writeHeatmap',
  );
  const { format, encoder = heatmapEncoder, ledger, ...draw } = options;
  const content = await encoder.encode(heatmap, formatOf(path, format), draw);
  await (ledger?.write({ path, content }) ?? writeOwnFiles(dirname(path), [{ path, content }]));
}
