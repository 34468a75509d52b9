/** Tags, themes, profiles and recommendation, `tfjs-weldon/tagging`: the public names, written out, and nothing else. */
export { attractivity } from './choices/attractivity.js';
export type { Attractivity, AttractivityOptions, ThemeAttractivity } from './choices/attractivity.js';
export type { FeatureGroup, FeatureSet, FeatureWords } from './choices/choiceFeatures.js';
export type { ChoiceMetrics } from './choices/choiceMetrics.js';
export { choiceScores, contributions, fitChoiceModel } from './choices/choiceModel.js';
export type { ChoiceModel, ChoiceModelOptions, ChoiceTable } from './choices/choiceModel.js';
export { profileOf, profileSentence } from './choices/profile.js';
export type { ProfileWeights } from './choices/profile.js';
export { evaluateRecommender, rankOffers, trainRecommender } from './choices/recommender.js';
export type {
  ChoiceEstimate,
  EvaluateRecommenderOptions,
  RankedOffer,
  RankOptions,
  Reason,
  Recommender,
  RecommenderReport,
  TrainRecommenderOptions,
} from './choices/recommender.js';
export { neverOpen, withoutUsers } from './choices/travelData.js';
export type { Offer, TravelData, UserEvent } from './choices/travelData.js';
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
