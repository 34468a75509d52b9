/** Takes one sentence about what was guessed, joined or left out. */
export type Notice = (sentence: string) => void;

/** Where nobody listens: nothing is left out in silence. */
export const toStderr: Notice = (sentence) => {
  process.stderr.write(`${sentence}\n`);
};
