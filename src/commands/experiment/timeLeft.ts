import { durationText } from '../report/format.js';

/**
 * Tells how far a stage is and how long it will take, at most every five seconds and at its end. A call may add a note,
 * which stands behind what is done; the stage is the same whatever the note.
 *
 * @param say takes a line
 * @param now milliseconds
 */
export function timeLeft(
  say: (line: string) => void,
  now: () => number = Date.now,
): (what: string, done: number, total: number, note?: string) => void {
  let stage = '';
  let first = { at: 0, done: 0 };
  let last = 0;
  return (what, done, total, note) => {
    const at = now();
    if (what !== stage) {
      stage = what;
      first = { at, done };
      last = at;
    }
    if (at - last < 5000 && (done < total || done === first.done)) {
      return;
    }
    last = at;
    const speed = (done - first.done) / (at - first.at);
    const left = done < total && speed > 0 ? `, ${durationText((total - done) / speed / 1000)} left` : '';
    say(`${what}: ${done}/${total}${note === undefined ? '' : `, ${note}`}${left}`);
  };
}
