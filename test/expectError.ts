import { expect } from 'chai';
import { WeldonError } from '../src/errors.js';

/** The whole sentence is the contract: users act on it. */
export function expectError(run: () => unknown, sentence: string): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, 'nothing was thrown').to.be.instanceOf(WeldonError);
  expect((thrown as WeldonError).message).to.equal(sentence);
}
