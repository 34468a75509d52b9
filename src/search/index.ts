/** Visual search, `tfjs-weldon/search`: the public names, written out, and nothing else. */
export { forwardPass } from '../models/forward.js';
export type { ForwardOptions } from '../models/forward.js';
export type { FrozenOutput, FrozenPass, PixelBatch } from '../models/frozenPass.js';
export { beginCatalogue, describeCatalogue, openCatalogue, sealCatalogue } from './catalogue.js';
export type { Catalogue, CatalogueFacts, CatalogueSettings, KeptMetric, NewCatalogue } from './catalogue.js';
export {
  collectionFiles,
  readCollection,
  readCollectionFacts,
  unzipCollection,
  zipCollection,
} from './collection/collection.js';
export type { Collection, CollectionFacts, CollectionThumbnails } from './collection/collection.js';
export type { CellWindow, Descriptor, DescriptorChoice, FeatureMap } from './descriptors.js';
export { embedImages, mapOfImage, rowsOfVectors } from './embedImages.js';
export type { CutPixels, EmbedOptions, ImageMap, SearchableImage } from './embedImages.js';
export { memoryStore, openMemoryStore } from './memoryStore.js';
export type { MemoryStore, MemoryStoreOptions } from './memoryStore.js';
export type { Meta, MetaFilter, MetaRange, MetaValue } from './metaFilter.js';
export { fitPca, projector } from './pca.js';
export type { FitPcaOptions, Pca, Projector } from './pca.js';
export { partOfMap } from './partsOfQuery.js';
export { imageOfPixels } from './pixelImage.js';
export { projectTo2d } from './projectTo2d.js';
export type { ProjectTo2dOptions } from './projectTo2d.js';
export type { QueryPart, SearchHit } from './rankItems.js';
export { searchImages } from './searchImages.js';
export type { ImageQuery, SearchOptions, SearchResult } from './searchImages.js';
export type {
  ListedItem,
  StoreDescription,
  StoreHit,
  StoreInfo,
  StoreRow,
  StoreScore,
  StoreSearchOptions,
  VectorStorage,
  VectorStore,
} from './vectorStore.js';
export { placesAlike, whereAlike } from './whereAlike.js';
export type { AlikeMap } from './whereAlike.js';
