import cliProgress from 'cli-progress';

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
