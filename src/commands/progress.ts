import cliProgress from 'cli-progress';
import { durationText } from './report/format.js';

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

/** Progress of long work: a bar on a terminal, a plain line now and then otherwise. Always on stderr. */
export interface Progress {
  start(total: number): void;
  /** @param note what was just done, shown behind the bar */
  step(note: string): void;
  /** A line that stays, such as a refused file. */
  say(line: string): void;
  stop(): void;
}

/** Plain lines come at most this often, in milliseconds. */
const plainInterval = 5000;

function barProgress(stream: NodeJS.WriteStream, unit: string): Progress {
  const bar = new cliProgress.SingleBar(
    {
      stream,
      clearOnComplete: false,
      hideCursor: true,
      etaBuffer: 20,
      forceRedraw: true,
      format: `{bar} {value}/{total} ${unit} · {eta_formatted} left · {note}`,
    },
    cliProgress.Presets.shades_grey,
  );
  let running = false;
  return {
    start(total) {
      bar.start(total, 0, { note: '' });
      running = true;
    },
    step: (note) => bar.increment(1, { note }),
    say(line) {
      // The bar's own line is cleared first and drawn again below what is said.
      stream.write(running ? `\r\x1b[K${line}\n` : `${line}\n`);
      if (running) {
        bar.render();
      }
    },
    stop() {
      bar.stop();
      running = false;
    },
  };
}

function plainProgress(stream: NodeJS.WritableStream, unit: string): Progress {
  let total = 0;
  let done = 0;
  let last = 0;
  return {
    start(count) {
      total = count;
      last = Date.now();
    },
    step(note) {
      done++;
      if (Date.now() - last >= plainInterval || done === total) {
        last = Date.now();
        stream.write(`${done}/${total} ${unit}, last ${note}\n`);
      }
    },
    say: (line) => {
      stream.write(`${line}\n`);
    },
    stop: () => undefined,
  };
}

/** @param unit what is counted, in the plural */
export function commandProgress(unit: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? barProgress(stream, unit) : plainProgress(stream, unit);
}
