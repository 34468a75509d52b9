/**
 * Thrown for every input this package refuses. The message is a sentence a user can act on, so a
 * command line prints it as it is, without a stack trace.
 */
export class WeldonError extends Error {
  override readonly name = 'WeldonError';
}

function display(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value == null) {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (typeof value === 'function') {
    return 'a function';
  }
  try {
    const text = JSON.stringify(value);
    return text !== undefined && text.length <= 80 ? text : `${typeof value} ${Object.prototype.toString.call(value)}`;
  } catch {
    return `${typeof value} ${Object.prototype.toString.call(value)}`;
  }
}

/**
 * The one way errors are worded: `Expected {what} to be {rule} but received {value}`.
 *
 * @param what the argument and its owner, for example `kMax for weldonPool`
 * @param rule what is accepted, with its range, for example `a number >= 0`
 * @param received the offending value, shown as code
 *
 * @example
 * throw expected('kMax for weldonPool', 'a number >= 0', -1);
 * // WeldonError: Expected kMax for weldonPool to be a number >= 0 but received -1
 */
export function expected(what: string, rule: string, received: unknown): WeldonError {
  return new WeldonError(`Expected ${what} to be ${rule} but received ${display(received)}`);
}

/** The same sentence where the received thing is better told in words than shown as a value. */
export function expectedInWords(what: string, rule: string, received: string): WeldonError {
  return new WeldonError(`Expected ${what} to be ${rule} but received ${received}`);
}
