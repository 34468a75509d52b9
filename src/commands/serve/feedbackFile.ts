import { appendFile } from 'node:fs/promises';
import { expectedInWords } from '../../errors.js';
import { readText } from '../../node/readText.js';
import { makeRoomFor, writeError } from '../../node/storage/atomicWrite.js';

/** One judgement of somebody who searched. */
export interface Feedback {
  /** ISO 8601 */
  time: string;
  /** query vectors as a catalogue stores rows, whole image first; empty where examples were searched by */
  query: readonly (readonly number[])[];
  /** items that were what was sought */
  like: readonly string[];
  unlike: readonly string[];
}

/** Appends lines to the file one after the other, so that none is torn. */
export async function openFeedback(path: string): Promise<(feedback: Feedback) => Promise<void>> {
  await makeRoomFor(path);
  let turn: Promise<void> = Promise.resolve();
  return (feedback) => {
    const mine = turn.then(async () => {
      try {
        await appendFile(path, `${JSON.stringify(feedback)}\n`);
      } catch (error) {
        throw writeError(path, error);
      }
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * Reads what a server has recorded.
 *
 * @throws WeldonError for a file that cannot be read, naming the line that is none of a server's; a last line that was cut
 *   off is left out
 */
export async function readFeedback(path: string): Promise<Feedback[]> {
  const text = await readText(path, 'a file of feedback, as weldon serve --feedback writes it');
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string');
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') {
      return [];
    }
    try {
      const read = JSON.parse(line) as Feedback;
      if (Array.isArray(read.query) && isTexts(read.like) && isTexts(read.unlike)) {
        return [read];
      }
    } catch {
      if (i === lines.length - 1) {
        return [];
      }
    }
    throw expectedInWords(`line ${i + 1} of ${path}`, 'feedback in JSON', 'something else');
  });
}
