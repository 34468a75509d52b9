/** Tags, themes, profiles and recommendation, `tfjs-weldon/tagging`: the public names, written out, and nothing else. */
export { cooccurrence } from './cooccurrence.js';
export type { Cooccurrence, CooccurrenceOptions, TagPair } from './cooccurrence.js';
export { factorize, projectRows } from './factorization/factorize.js';
export type { Factorization, FactorizeOptions, ProjectOptions } from './factorization/factorize.js';
export type { Factors } from './factorization/nndsvd.js';
export { sparseRows } from './factorization/sparseRows.js';
export type { RowNumbers, SparseRows } from './factorization/sparseRows.js';
export { hoyer, inverseFrequency, npmi } from './statistics.js';
export { renameThemes, scoresInThemes, tagMatrix, themeShares, themesOf } from './themes.js';
export type { TaggedImage, TagWeight, Theme, Themes, ThemesOfImages, ThemesOptions } from './themes.js';
