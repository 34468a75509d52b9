/** How many characters must be put in, taken out or replaced to make one text of another (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/**
 * The end of an error sentence about an unknown name: `. Nearest: "a", "b", "c"`.
 *
 * Nearness is the edit distance with upper and lower case taken as equal; a name that contains the wanted one, or is
 * contained in it, goes first.
 *
 * @returns an empty string if there is nothing to choose from
 */
export function nearestNames(wanted: string, known: readonly string[], count = 3): string {
  const query = wanted.toLowerCase();
  const ranked = known
    .map((name, index) => {
      const candidate = name.toLowerCase();
      const within =
        query.length >= 3 && (candidate.includes(query) || (candidate.length >= 3 && query.includes(candidate)));
      return { name, index, far: editDistance(query, candidate) - (within ? query.length + candidate.length : 0) };
    })
    .sort((a, b) => a.far - b.far || a.index - b.index)
    .slice(0, count)
    .map(({ name }) => JSON.stringify(name));
  return ranked.length === 0 ? '' : `. Nearest: ${ranked.join(', ')}`;
}

/** Control characters (C0, C1) and those that turn or end a line of text. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A text on one line, with characters that a terminal would obey as they are written in JSON: names of files, classes and
 * tensors come from others, and could move the cursor, colour what follows or turn it round.
 *
 * @example
 * visible('beach\u001b[2J.jpg'); // 'beach\\u001b[2J.jpg'
 */
export function visible(text: string): string {
  return text.replace(unseen, escaped);
}

/** The same for a text of several lines, JSON too: line breaks stay. */
export function visibleLines(text: string): string {
  return text.replace(unseen, (character) => (character === '\n' ? character : escaped(character)));
}

/** Of a sentence, whatever names and values it tells. */
const longestText = 4096;

const shortened = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/**
 * Thrown for every input this package refuses. The message is a sentence a user can act on, so a
 * command line prints it as it is, without a stack trace. It is one line, whatever the names in it hold (`visible`).
 */
export class WeldonError extends Error {
  override readonly name = 'WeldonError';

  constructor(message: string, options?: ErrorOptions) {
    super(shortened(visible(message), longestText), options);
  }
}

function display(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(shortened(value, 1000));
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value == null) {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (typeof value === 'function') {
    return 'a function';
  }
  try {
    return shortened(JSON.stringify(value) ?? typeof value, 80);
  } catch {
    // In a circle, or nested too deeply.
    return Array.isArray(value) ? 'an array' : 'an object';
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

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;

/** Names of the fields of a type, of all members of a union. */
type FieldsOf<Options> = Options extends unknown ? keyof Options : never;

/** The text, if its words are the names of a type's fields, all of them and no others. */
type NamesOf<Options, Text extends string> = unknown extends Options
  ? Text
  : string extends Text | FieldsOf<Options>
    ? Text
    : [Exclude<FieldsOf<Options>, Words<Text>>, Exclude<Words<Text>, FieldsOf<Options>>] extends [never, never]
      ? Text
      : { missing: Exclude<FieldsOf<Options>, Words<Text>>; tooMany: Exclude<Words<Text>, FieldsOf<Options>> };

/**
 * Runs a model, whose layers come from a file: what TensorFlow.js refuses then is told as a sentence about the model.
 *
 * @param model its name
 * @throws WeldonError that names the model, with the first line of the reason; the error itself is its cause
 */
export function runningModel<T>(model: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof WeldonError) {
      throw error;
    }
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new WeldonError(`Expected model ${model} to run on its images but it stops: ${reason}`, { cause: error });
  }
}

/**
 * Refuses options that do not exist, which would otherwise be passed over in silence. Only an object's own names count;
 * one without a value says nothing.
 *
 * @param options of a type, whose fields the compiler compares with the names; or `unknown`, where it does not
 * @param known the names, separated by blanks
 * @throws WeldonError with the nearest names
 */
export function checkKeys<Options, Known extends string>(
  options: Options,
  known: Known & NamesOf<Options, Known>,
  owner: string,
): void {
  if (typeof options !== 'object' || options === null) {
    throw expected(`options for ${owner}`, 'an object', options);
  }
  const names = (known as string).split(' ');
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && !names.includes(key)) {
      throw new WeldonError(
        `Expected only known options for ${owner} but received ${JSON.stringify(key)}${nearestNames(key, names)}`,
      );
    }
  }
}

/**
 * Refuses an option by its name in an earlier version, which would otherwise be passed over in silence.
 *
 * @throws WeldonError with the name that it has now
 */
export function refuseRenamed(options: object, before: string, now: string, owner: string): void {
  if (before in options) {
    throw expectedInWords(`options for ${owner}`, `without ${before}`, `it: the option is now called ${now}`);
  }
}
