import { expect } from 'chai';
import { WeldonError } from '../../../src/errors.js';

/** A promise must fail with a sentence of ours that contains the words given. */
export async function expectRejection(promise: PromiseLike<unknown> | unknown, words: string): Promise<void> {
  const error = await Promise.resolve(promise).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error, `nothing was thrown, expected: ${words}`).to.be.instanceOf(WeldonError);
  expect((error as WeldonError).message).to.contain(words);
}
