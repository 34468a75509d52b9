import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { recognizeDataSet } from '../../../../src/node/datasets/readers/detectFormat.js';
import { readCifar, readCifarFiles, readCifarTrain } from '../../../../src/node/datasets/readers/cifar.js';
import { readImage } from '../../../../src/node/images/readImage.js';
import { hashFile } from '../../../../src/node/loading/imageTask.js';
import { sha256Of } from '../../../../src/node/storage/plainFile.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';
import { newFolder, writeCifar } from './cifarFile.js';

describe("CIFAR's binary files", () => {
  const folder = temporaryFolder();

  it('feature: batches in their order, the classes by name, pixels byte by byte', async () => {
    const data = newFolder(folder.path('ten'));
    writeCifar(`${data}/data_batch_10.bin`, [2, 0, 1], { seed: 3 });
    writeCifar(`${data}/data_batch_2.bin`, [0, 1, 2], { seed: 2 });
    writeCifar(`${data}/test_batch.bin`, [1, 2, 0], { seed: 4 });
    writeFileSync(`${data}/batches.meta.txt`, 'red\ngreen\nblue\n\n');
    expect(await recognizeDataSet(data)).to.equal('cifar');
    const { classes, splits } = await readCifar(data);
    expect(classes).to.deep.equal(['red', 'green', 'blue']);
    const [{ train, test }] = splits;
    expect(train.images.map(({ labels }) => labels[0])).to.deep.equal([0, 1, 2, 2, 0, 1]);
    expect(test.images.map(({ labels }) => labels[0])).to.deep.equal([1, 2, 0]);
    const { path } = train.images[4];
    expect(path).to.equal(`${data}/data_batch_10.bin#1`);
    const { pixels, width, height } = await readImage(path);
    const record = readFileSync(`${data}/data_batch_10.bin`).subarray(3073, 2 * 3073);
    expect([width, height]).to.deep.equal([32, 32]);
    for (let i = 0; i < 1024; i++) {
      expect([...pixels.subarray(3 * i, 3 * i + 3)]).to.deep.equal([1, 1025, 2049].map((plane) => record[plane + i]));
    }
    expect(await hashFile(path)).to.equal(sha256Of(record));
  });

  it('feature: of the two labels of CIFAR-100 the finer one, classes by number where nothing names them', async () => {
    const data = newFolder(folder.path('hundred'));
    writeCifar(`${data}/train.bin`, [4, 0, 1], { labelBytes: 2 });
    const { classes, images } = await readCifarTrain(data);
    expect(classes).to.deep.equal(['0', '1', '2', '3', '4']);
    expect(images.map(({ labels }) => labels[0])).to.deep.equal([4, 0, 1]);
    expect((await readImage(images[2].path)).pixels[0]).to.equal(readFileSync(`${data}/train.bin`)[2 * 3074 + 2]);
  });

  it('exception: cut short, another record size, halves of two kinds, labels without a name, a number beyond', async () => {
    const data = newFolder(folder.path('bad'));
    const file = `${data}/train.bin`;
    writeCifar(file, [0, 1]);
    writeFileSync(file, readFileSync(file).subarray(0, 6000));
    expect(await rejection(readCifarTrain(data))).to.equal(
      `Expected ${file} to be whole records of 3073 or 3074 bytes, as CIFAR-10 and CIFAR-100 have them but received 6000 ` +
        'bytes, 2927 more than 1 of 3073, 2926 more than 1 of 3074: it is cut short, or of another kind',
    );
    writeFileSync(file, '');
    expect(await rejection(readCifarTrain(data))).to.match(/but received an empty file$/);
    writeCifar(file, [0, 1]);
    writeCifar(`${data}/test.bin`, [0, 1], { labelBytes: 2 });
    expect(await rejection(readCifar(data))).to.match(
      /test\.bin to be records of 3073 bytes.* but received records of 3074$/,
    );
    writeFileSync(`${data}/classes.txt`, 'only\n');
    expect(await rejection(readCifarFiles([file], 'bad'))).to.match(
      /^Expected image 1 of .*train\.bin to be of one of the 1 classes but received class number 1:/,
    );
    expect(await rejection(readImage(`${file}#2`))).to.match(
      /#2 to be one of the 2 images of its file but received none/,
    );
    expect(await rejection(readCifar(newFolder(folder.path('empty'))))).to.match(
      /to be a folder with train\.bin or data_batch_1\.bin, in CIFAR's format but received one without$/,
    );
  });
});
