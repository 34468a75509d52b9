import { join } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { ExperimentData } from '../../node/datasets/readers/splits.js';
import { readFolder, readScene15 } from '../../node/datasets/readers/splitFolders.js';
import { readCifar } from '../../node/datasets/readers/cifar.js';
import { readLabelledList } from '../../node/datasets/readers/multiLabelList.js';
import { readMit67, whereMit67Is } from '../../node/datasets/readers/mit67.js';
import { readPascalVoc } from '../../node/datasets/readers/pascalVoc.js';
import type { DataSetConfig } from './config.js';
import type { DataMaker, ImagesToMake } from './options.js';

/** What the command line says of a data set. */
export interface DataSetFlags {
  allowMissing?: boolean;
  allowShared?: boolean;
  /** folder for a data set that is made */
  cache: string;
  /** makes scattered objects where no folder is given */
  maker?: DataMaker;
  /** a data set that would be made is described and not made */
  dryRun?: boolean;
  /** told of images that are made */
  tell?: (what: string, done: number, total: number) => void;
}

/**
 * Opens the data set of a run.
 *
 * @param root the folder of `--data`; scattered objects are made where it is not given
 * @throws WeldonError for data that are not as the config says, and for images that are in train and test at once
 */
export async function openExperimentData(
  root: string | undefined,
  config: DataSetConfig,
  flags: DataSetFlags,
): Promise<ExperimentData & { making?: ImagesToMake }> {
  if (config.kind === 'scatteredObjects') {
    const { maker } = flags;
    if (maker === undefined && root === undefined) {
      throw expectedInWords('--data', 'a folder of scattered objects', 'none: npm run mit67 makes them');
    }
    const folder = root ?? join(flags.cache, 'scattered-objects');
    const planned = flags.dryRun === true ? await maker?.plan(folder, config) : null;
    if (planned != null) {
      const { making, ...split } = planned;
      // The images will have boxes; there are none to read yet.
      return {
        name: 'Scattered objects',
        classes: split.train.classes,
        multiLabel: false,
        splits: [split],
        missing: [],
        notices: [],
        making,
        annotations: { kind: 'boxes', read: async () => null },
      };
    }
    await maker?.make(folder, config, (done, total) => flags.tell?.('making images of scattered objects', done, total));
    return { ...(await readFolder(folder)), name: 'Scattered objects' };
  }
  if (root === undefined) {
    throw expectedInWords(
      '--data',
      `the folder of the data set (${config.kind})`,
      `none${config.kind === 'mit67' ? `. ${whereMit67Is}` : ''}`,
    );
  }
  const { allowMissing } = flags;
  switch (config.kind) {
    case 'folder': {
      const { splits, perClass, share } = config;
      const allowShared = flags.allowShared ?? config.allowShared;
      return readFolder(
        root,
        perClass === undefined ? { splits, share, allowShared } : { splits, perClass, allowShared },
      );
    }
    case 'scene15':
      return readScene15(root, { splits: config.splits });
    case 'labelledList':
      return readLabelledList(root, { without: config.without, allowShared: flags.allowShared ?? config.allowShared });
    case 'cifar':
      return readCifar(root, flags.allowShared ?? config.allowShared);
    case 'mit67':
      return readMit67(root, { allowMissing });
    case 'pascalVoc':
      return readPascalVoc(root, { train: config.train, test: config.test, allowMissing });
  }
}
