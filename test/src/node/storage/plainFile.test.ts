import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readConfigFile } from '../../../../src/commands/checkOptions.js';
import { readExperimentConfig } from '../../../../src/commands/experiment/readConfig.js';
import { readRun } from '../../../../src/commands/train/runFolder.js';
import { readLabelFile } from '../../../../src/node/datasets/labelFile.js';
import { hashFile } from '../../../../src/node/loading/imageTask.js';
import { readClassNames } from '../../../../src/node/models/classNames.js';
import { readModelJson } from '../../../../src/node/models/fileHandler.js';
import { fileRanges } from '../../../../src/node/models/fileRanges.js';
import { openWeightFile } from '../../../../src/node/models/weightFile.js';
import { readText } from '../../../../src/node/readText.js';
import { readPlainFile } from '../../../../src/node/storage/plainFile.js';
import { refusal } from '../../../refusal.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

describe('files given by path', () => {
  const folder = temporaryFolder();

  it('exception: devices without an end, pipes without a writer and folders are refused at once', async () => {
    const pipe = folder.path('pipe.json');
    execFileSync('mkfifo', [pipe]);
    const readers: Record<string, (path: string) => Promise<unknown>> = {
      'class names': (path) => readClassNames(path, 2),
      'a text': (path) => readText(path, 'a licence text'),
      labels: (path) => readLabelFile(path),
      'a configuration': readConfigFile,
      'an experiment': (path) => readExperimentConfig(path),
      'model.json': readModelJson,
      weights: openWeightFile,
      ranges: fileRanges,
      'an image by its hash': hashFile,
    };
    for (const [name, read] of Object.entries(readers)) {
      for (const path of ['/dev/zero', pipe]) {
        expect(await rejection(read(path)), `${name} from ${path}`).to.contain('it is a device or a pipe, and no file');
      }
    }
    for (const name of ['class names', 'a configuration', 'an experiment', 'ranges', 'labels']) {
      expect(await rejection(readers[name](folder.path(''))), name).to.match(/received (a|it is a) folder/);
    }
    execFileSync('mkfifo', [folder.path('config.json')]);
    expect(await rejection(readRun(folder.path('')))).to.contain('it is a device or a pipe, and no file');
  });

  it('exception: more bytes than such a file may have, before one is read', async () => {
    const path = folder.write('long', '12345');
    expect((await readPlainFile(path, 5)).toString()).to.equal('12345');
    expect(await refusal(readPlainFile(path, 4))).to.equal('it has 5 bytes, and at most 4 are expected');
  });
});
