import { expect } from 'chai';
import { encodeSafetensors } from '../../../../src/formats/safetensors.js';
import { openWeightFile } from '../../../../src/node/models/weightFile.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

describe('openWeightFile', () => {
  const temporary = temporaryFolder();
  const part = (name: string, value: number) =>
    encodeSafetensors([{ name, shape: [2], values: Float32Array.of(value, value + 1) }]);

  it('feature: reads the files of an index as one', async () => {
    temporary.write('a.safetensors', part('module.x', 1));
    temporary.write('b.safetensors', part('module.y', 5));
    const map = { 'module.x': 'a.safetensors', 'module.y': 'b.safetensors' };
    const index = temporary.write('m.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map: map }));
    const { source, close } = await openWeightFile(index);
    expect([...source.shapes.keys()]).to.deep.equal(['x', 'y']);
    expect([...(await source.read('y'))]).to.deep.equal([5, 6]);
    expect([...(await source.readPart!('x', 1, 1))]).to.deep.equal([2]);
    await close();
  });

  it('exception: an index that leaves its folder, or is none', async () => {
    const index = (content: string) => temporary.write('n.safetensors.index.json', content);
    expect(await rejection(openWeightFile(index('{"weight_map": {"a": "../a.safetensors"}}')))).to.contain(
      'to be names in its own folder but received "../a.safetensors"',
    );
    expect(await rejection(openWeightFile(index('{}')))).to.contain('an index of safetensors files with a weight_map');
    expect(await rejection(openWeightFile(index('{"weight_map": {"a": "none.safetensors"}}')))).to.contain(
      'none.safetensors to be a file to read but received no file of that name',
    );
  });
});
