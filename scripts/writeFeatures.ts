/** Writes FEATURES.md from the table that the conformance cases use. */
import { writeFileSync } from 'node:fs';
import { featuresPage } from '../test/kernels/backendFeatures.js';

writeFileSync(new URL('../FEATURES.md', import.meta.url), featuresPage());
