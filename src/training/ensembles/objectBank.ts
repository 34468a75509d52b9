import { checkKeys, expectedInWords } from '../../errors.js';
import type { CrossValidationOptions } from '../linear/crossValidate.js';
import type { FeatureTable } from '../linear/featureTable.js';
import type { LinearSvmOptions, TrainedSvm } from '../linear/linearSvm.js';
import { chooseC } from '../linear/crossValidate.js';
import { trainLinearSvm } from '../linear/linearSvm.js';

/**
 * Puts the pooled scores of several models, or of one at several scales, side by side: row i of the result is row i of
 * each block, in the order given. The features of an Object Bank, as WELDON and WILDCAT combine scales: Li et al.,
 * "Object Bank" (NIPS 2010); without the spatial pyramid, as MANTRA (ICCV 2015) defines it.
 *
 * @param blocks one table per model or scale, all with as many rows
 * @throws WeldonError if the numbers of rows differ
 *
 * @example
 * const bank = concatenateScores([{ values: scores224, size: 67 }, { values: scores448, size: 67 }]);
 */
export function concatenateScores(blocks: readonly FeatureTable[]): FeatureTable {
  const rows = blocks.length === 0 ? 0 : blocks[0].values.length / blocks[0].size;
  if (!Number.isInteger(rows) || rows < 1) {
    throw expectedInWords(
      'the scores for an Object Bank',
      'one or more blocks of one or more rows',
      blocks.length === 0 ? 'none' : `${blocks[0].values.length} numbers in rows of ${blocks[0].size}`,
    );
  }
  blocks.forEach(({ values, size }, i) => {
    if (values.length !== rows * size) {
      throw expectedInWords(
        `block ${i} of an Object Bank`,
        `${rows} rows of ${size}, as many as in block 0`,
        `${values.length} numbers`,
      );
    }
  });
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  const values = new Float32Array(rows * size);
  for (let i = 0; i < rows; i++) {
    let at = i * size;
    for (const block of blocks) {
      values.set(block.values.subarray(i * block.size, (i + 1) * block.size), at);
      at += block.size;
    }
  }
  return { values, size };
}

export interface ObjectBankOptions extends LinearSvmOptions {
  /** How C is chosen where none is given. */
  crossValidation?: CrossValidationOptions;
}

/**
 * A linear SVM on the concatenated scores; C by cross-validation unless it is given.
 *
 * @param blocks as for {@link concatenateScores}
 * @param labels class numbers from 0, one per row, each class with an example
 * @returns the SVM, with the C it was trained with; `predictClasses(svm, concatenateScores(blocks))` applies it
 * @throws WeldonError as {@link concatenateScores}, `trainLinearSvm` and `chooseC`
 *
 * @example
 * const svm = trainObjectBank([train224, train448], labels);
 * const classes = predictClasses(svm, concatenateScores([test224, test448]));
 */
export function trainObjectBank(
  blocks: readonly FeatureTable[],
  labels: ArrayLike<number>,
  options: ObjectBankOptions = {},
): TrainedSvm & { c: number } {
  checkKeys(options, 'c loss biasScale tolerance passes seed crossValidation', 'trainObjectBank');
  const { crossValidation, ...svm } = options;
  const table = concatenateScores(blocks);
  const c =
    svm.c ??
    chooseC(
      table,
      labels,
      (part, partLabels, candidate) => trainLinearSvm(part, partLabels, { ...svm, c: candidate }),
      crossValidation,
    ).c;
  return { ...trainLinearSvm(table, labels, { ...svm, c }), c };
}
