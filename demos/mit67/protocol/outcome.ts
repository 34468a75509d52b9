/** What a trained row says of the test pictures. */
export interface SeedOutcome {
  seed: number;
  /** `[pictures, classes]`, before softmax or sigmoid */
  scores: number[];
  /** maps of the classes that each picture shows, in the order of its labels, rounded; empty where the data set has no places */
  maps: number[][][];
  /** scores of the training pictures, for rows on top of this one */
  trainScores?: number[];
}

/** What was chosen for a row, and from what. */
export interface Choice {
  /** what was tried, and what the held-out pictures gave (accuracy, or mean average precision) */
  tried: { rate?: number; epochs?: number; c?: number; heldOut: number }[];
  rate?: number;
  epochs?: number;
  c?: number;
}

/** All that a row gives for one split. */
export interface RowOutcome {
  choice: Choice | null;
  /** rows and columns of the maps */
  grid: [number, number] | null;
  seeds: SeedOutcome[];
}

/** Four significant digits: what a map is worth, in a third of the room. */
export function rounded(values: ArrayLike<number>, digits = 4): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(digits)));
}
