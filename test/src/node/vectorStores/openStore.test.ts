import { expect } from 'chai';
import { optionalPackages } from '../../../../src/node/vectorStores/optionalPackage.js';
import { rejection } from '../temporaryFolder.js';

describe('packages that a store needs', () => {
  it('exception: where one is not installed, the line that installs it is told', async () => {
    const packages = { 'not-there-at-all': '1.2.3', 'apache-arrow': '18.1.0' };
    expect(await rejection(optionalPackages(packages, 'a catalogue in a folder'))).to.equal(
      'Expected not-there-at-all and apache-arrow for a catalogue in a folder to be installed: npm install ' +
        'not-there-at-all@1.2.3 apache-arrow@18.1.0',
    );
  });

  it('smoke: those that are there are loaded', async () => {
    const [arrow] = (await optionalPackages({ 'apache-arrow': '18.1.0' }, 'a catalogue')) as [{ Table: unknown }];
    expect(typeof arrow.Table).to.equal('function');
  });
});
