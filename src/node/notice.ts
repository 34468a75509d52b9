import { visible, visibleLines } from '../errors.js';

/** Takes one sentence about what was guessed, joined or left out. */
export type Notice = (sentence: string) => void;

/** Where nobody listens: nothing is left out in silence. */
export const toStderr: Notice = (sentence) => {
  process.stderr.write(`${visible(sentence)}\n`);
};

/** What a command answers, as text or JSON of any number of lines. */
export function toStdout(text: string): void {
  process.stdout.write(visibleLines(text));
}
