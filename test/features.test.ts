import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { featuresPage } from './kernels/backendFeatures.js';

describe('FEATURES.md', () => {
  it('is what npm run features writes', () => {
    expect(readFileSync(new URL('../FEATURES.md', import.meta.url), 'utf8')).to.equal(featuresPage());
  });
});
