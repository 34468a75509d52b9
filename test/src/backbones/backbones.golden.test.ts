import { forEachBackend } from '../../backends.js';
import { describeWithShared } from '../../shared.js';
import { checkNetwork, everything, networks, runsOf } from './goldenNetworks.js';
import { readGolden } from './readGolden.js';

for (const [file, build] of networks) {
  describeWithShared(`golden ${file}`, `golden/backbones/${file}.json`, (path) => {
    const golden = readGolden(path);

    forEachBackend('stages and logits', (backend) => {
      // Plain JavaScript is slow: there the smallest ones.
      const onCpu = ['resnet18', 'mobilenet_v2'].includes(file);
      if (backend === 'wasm' || (backend === 'cpu' && onCpu)) {
        it('batch norm folded', async function () {
          await checkNetwork(build, golden, 'fold', backend === 'cpu' ? runsOf(golden, false) : runsOf(golden));
        });
      }
      // Folding hides which layer has which statistics; kept, every tensor of the file has its own place.
      const kept = everything || ['resnet18', 'resnet50', 'wrn_16_4', 'mobilenet_v2'].includes(file);
      if (backend === 'wasm' && kept && file !== 'vgg16') {
        for (const batchNorm of ['freeze', 'train'] as const) {
          it(`batch norm kept (${batchNorm})`, async function () {
            await checkNetwork(build, golden, batchNorm, runsOf(golden).slice(0, 1));
          });
        }
      }
    });
  });
}
