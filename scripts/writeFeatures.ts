/** Writes FEATURES.md from what the conformance suite observed. */
import { writeFileSync } from 'node:fs';
import { featuresPage } from '../test/kernels/featuresPage.js';

writeFileSync(new URL('../FEATURES.md', import.meta.url), featuresPage());
