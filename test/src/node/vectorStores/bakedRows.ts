import type { StoreRow } from '../../../../src/search/vectorStore.js';

export const batchSize = 40;
export const batchCount = 40;

/** Items with two vectors each, whose numbers say which item they are of. */
export function bakedRows(batch: number): Required<StoreRow>[] {
  return Array.from({ length: batchSize }, (_, i) => {
    const item = batch * batchSize + i;
    const vectors = [1, 2].map((vector) => Float32Array.from({ length: 17 }, (__, j) => (j === 0 ? item : vector)));
    return { id: `image ${item}`, vectors, meta: { batch } };
  });
}
