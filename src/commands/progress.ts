import cliProgress from 'cli-progress';
import { visible } from '../errors.js';
import { endProcess } from '../node/workers/endProcess.js';
import { durationText } from './report/format.js';

/** Shows how far long work is: a bar on a terminal, a plain line now and then otherwise. */
export interface Progress {
  /**
   * How far a stage is. With another name another stage begins, whose time counts from this call on.
   *
   * @param stage what is done or counted, such as `images`
   * @param done of `total`; the first call of a stage may come with some done before
   * @param note what was just done, or how it goes; the stage is the same whatever the note
   */
  show(stage: string, done: number, total: number, note?: string): void;
  /** A line that stays, such as a refused file. */
  say(line: string): void;
  stop(): void;
}

/** Plain lines come at most this often, in milliseconds. */
const plainInterval = 5000;

/** What is said of a stage, with the time that the rest takes at the pace so far. */
function stageTexts(now: () => number) {
  let begun: { stage: string; at: number; done: number } | null = null;
  return (stage: string, done: number, total: number, note = '') => {
    const at = now();
    const fresh = begun?.stage !== stage;
    if (fresh) {
      begun = { stage, at, done };
    }
    const pace = (done - begun!.done) / (at - begun!.at);
    const left = done < total && pace > 0 ? `, ${durationText((total - done) / pace / 1000)} left` : '';
    return { fresh, at, text: visible(`${stage}: ${done}/${total}${note === '' ? '' : `, ${note}`}${left}`) };
  };
}

function barProgress(stream: NodeJS.WritableStream, now: () => number): Progress {
  const textOf = stageTexts(now);
  let bar: cliProgress.SingleBar | null = null;
  return {
    show(stage, done, total, note) {
      const { fresh, text } = textOf(stage, done, total, note);
      if (fresh || bar === null) {
        bar?.stop();
        bar = new cliProgress.SingleBar(
          { stream, format: '{bar} {text}', barsize: 24, clearOnComplete: true, forceRedraw: true },
          cliProgress.Presets.shades_grey,
        );
        bar.start(total, done, { text });
      }
      bar.update(done, { text });
    },
    say(line) {
      // The bar's own line is cleared first and drawn again below what is said.
      stream.write(bar === null ? `${visible(line)}\n` : `\r\x1b[K${visible(line)}\n`);
      bar?.render();
    },
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}

function plainProgress(stream: NodeJS.WritableStream, now: () => number): Progress {
  const textOf = stageTexts(now);
  let last = now();
  let told = false;
  const say = (line: string) => {
    last = now();
    stream.write(`${visible(line)}\n`);
  };
  return {
    show(stage, done, total, note) {
      const { fresh, at, text } = textOf(stage, done, total, note);
      if (fresh) {
        last = at;
        told = false;
      }
      // The end of a stage is told where its way was.
      if (at - last >= plainInterval || (told && done >= total)) {
        told = done < total;
        say(text);
      }
    },
    say,
    stop: () => undefined,
  };
}

/**
 * The progress of a command, on stderr unless told otherwise.
 *
 * @param now milliseconds
 *
 * @example
 * const progress = progressLine();
 * progress.show('images', 12, 400, 'beach.jpg');
 * // images: 12/400, beach.jpg, 3 min left
 */
export function progressLine(
  stream: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr,
  now: () => number = Date.now,
): Progress {
  return stream.isTTY === true ? barProgress(stream, now) : plainProgress(stream, now);
}

/**
 * Runs work that shows how far it is, until its end or Ctrl-C. The first Ctrl-C asks it to stop, the second ends the
 * process at once.
 *
 * @param until what is still done, such as `'after this image'`
 */
export async function withProgress<T>(
  until: string,
  work: (progress: Progress, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const progress = progressLine();
  const stop = new AbortController();
  // One listener for all: between two there would be a moment in which Ctrl-C has its usual effect.
  const onInterrupt = () => {
    if (stop.signal.aborted) {
      void endProcess(130);
      return;
    }
    stop.abort();
    progress.say(`weldon: stopping ${until}; press Ctrl-C again to stop at once`);
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await work(progress, stop.signal);
  } finally {
    progress.stop();
    process.off('SIGINT', onInterrupt);
  }
}
