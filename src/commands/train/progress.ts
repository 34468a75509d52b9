import cliProgress from 'cli-progress';
import type { TrainEvent } from './events.js';

/** Shows a run: a bar on a terminal with a line per epoch above it, plain lines otherwise. Always on stderr. */
export interface TrainProgress {
  show(event: TrainEvent): void;
  /** A line that stays. */
  say(line: string): void;
  stop(): void;
}

/** Plain lines between epochs come at most this often, in milliseconds. */
const plainInterval = 15_000;
/** The speed shown is that of so many milliseconds. */
const speedWindow = 5_000;

/** Less says nothing, in milliseconds. */
const shortestSpan = 100;

/** Images per second and time left, from what was done lately. */
class Speed {
  private marks: { time: number; images: number; done: number }[] = [];
  private seen = performance.now();

  /** @param done of whatever is counted to the end */
  add(images: number, done: number): void {
    const time = performance.now();
    this.marks.push({ time, images: (this.marks.at(-1)?.images ?? 0) + images, done });
    while (this.marks.length > 2 && time - this.marks[0].time > speedWindow) {
      this.marks.shift();
    }
  }

  /** Seconds of what is counted; 0 where they are too few. */
  private get span(): number {
    const span = (this.marks.at(-1)?.time ?? 0) - (this.marks[0]?.time ?? 0);
    return span < shortestSpan ? 0 : span / 1000;
  }

  get imagesPerSecond(): number | null {
    return this.span === 0 ? null : (this.marks.at(-1)!.images - this.marks[0].images) / this.span;
  }

  secondsLeft(total: number): number | null {
    const done = this.marks.at(-1)!.done - this.marks[0].done;
    return this.span === 0 || done === 0 ? null : ((total - this.marks.at(-1)!.done) / done) * this.span;
  }

  /** Counting begins anew, with the time of the last sight. */
  reset(done: number): void {
    this.marks = [{ time: this.seen, images: 0, done }];
  }

  /** Something happened, though nothing is counted by it. */
  see(): void {
    this.seen = performance.now();
  }
}

function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) {
    return '…';
  }
  const whole = Math.round(seconds);
  return whole < 100
    ? `${whole} s`
    : whole < 6000
      ? `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
      : `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, '0')} min`;
}

function rateText(perSecond: number | null): string {
  return perSecond === null
    ? '… images/s'
    : `${perSecond >= 10 ? Math.round(perSecond) : perSecond.toFixed(1)} images/s`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

interface Line {
  /** what is counted */
  done: number;
  total: number;
  text: string;
}

/** Words for what happens; what is shown where is up to the caller. */
class Narrator {
  private readonly speed = new Speed();
  private begun: Extract<TrainEvent, { kind: 'begin' }> | null = null;
  private counting: 'reading' | 'features' | 'steps' | null = null;
  private lossSum = 0;
  private losses = 0;

  beginning(event: Extract<TrainEvent, { kind: 'begin' }>): string {
    this.begun = event;
    this.speed.see();
    const validation = event.validation === 0 ? 'none for validation' : `${event.validation} for validation`;
    return (
      `${event.train} images to train on, ${validation}, ${event.classes} classes, on ${event.backbone}` +
      (event.done > 0 ? `; going on after step ${event.done} of ${event.steps}` : '')
    );
  }

  images({ kind, done, total }: Extract<TrainEvent, { kind: 'reading' | 'features' }>): Line {
    if (this.counting !== kind) {
      this.counting = kind;
      this.speed.reset(done);
      this.last = done;
    }
    this.speed.add(done - this.last, done);
    this.speed.see();
    this.last = done;
    return {
      done,
      total,
      text: `${kind === 'reading' ? 'images looked at' : 'features'} · ${rateText(this.speed.imagesPerSecond)} · ${duration(this.speed.secondsLeft(total))} left`,
    };
  }

  private last = 0;

  step({ epoch, step, loss, images }: Extract<TrainEvent, { kind: 'step' }>): Line {
    if (this.counting !== 'steps') {
      this.counting = 'steps';
      this.speed.reset(step - 1);
    }
    this.speed.add(images, step);
    this.lossSum += loss;
    this.losses++;
    const { steps, epochs } = this.begun!;
    return {
      done: step,
      total: steps,
      text:
        `epoch ${epoch + 1}/${epochs} · loss ${(this.lossSum / this.losses).toFixed(3)} · ` +
        `${rateText(this.speed.imagesPerSecond)} · ${duration(this.speed.secondsLeft(steps))} left`,
    };
  }

  epoch({ epoch, loss, validation }: Extract<TrainEvent, { kind: 'epoch' }>): string {
    this.lossSum = 0;
    this.losses = 0;
    const { epochs, metric } = this.begun!;
    const measured =
      validation === undefined
        ? ''
        : ` · validation loss ${validation.loss.toFixed(3)}, ${metric} ${percent(validation.metric)}`;
    return (
      `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs} · loss ${loss.toFixed(3)}${measured} · ` +
      rateText(this.speed.imagesPerSecond)
    );
  }
}

/** An event in words: a line to keep, or how far something has come. */
function tell(
  event: TrainEvent,
  narrator: Narrator,
  say: (line: string) => void,
  count: (what: string, line: Line) => void,
): void {
  switch (event.kind) {
    case 'begin':
      say(narrator.beginning(event));
      break;
    case 'notice':
      say(event.text);
      break;
    case 'reading':
    case 'features':
      count(event.kind, narrator.images(event));
      break;
    case 'step':
      count('steps', narrator.step(event));
      break;
    case 'epoch':
      say(narrator.epoch(event));
      break;
  }
}

function barProgress(stream: NodeJS.WriteStream): TrainProgress {
  const narrator = new Narrator();
  let bar: cliProgress.SingleBar | null = null;
  let counted = '';
  const show = (what: string, { done, total, text }: Line) => {
    if (counted !== what) {
      bar?.stop();
      bar = new cliProgress.SingleBar(
        {
          stream,
          clearOnComplete: true,
          hideCursor: true,
          forceRedraw: true,
          barsize: 24,
          format: '{bar} {value}/{total} {text}',
        },
        cliProgress.Presets.shades_grey,
      );
      bar.start(total, done, { text });
      counted = what;
    }
    bar!.update(done, { text });
  };
  const say = (line: string) => {
    stream.write(bar === null ? `${line}\n` : `\r\x1b[K${line}\n`);
    bar?.render();
  };
  return {
    say,
    show: (event) => tell(event, narrator, say, show),
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}

function plainProgress(stream: NodeJS.WritableStream): TrainProgress {
  const narrator = new Narrator();
  let last = Date.now();
  const say = (line: string) => {
    last = Date.now();
    stream.write(`${line}\n`);
  };
  const now = ({ done, total, text }: Line) => {
    if (Date.now() - last >= plainInterval) {
      say(`${done}/${total} ${text}`);
    }
  };
  return { say, show: (event) => tell(event, narrator, say, (_, line) => now(line)), stop: () => undefined };
}

export function trainProgress(stream: NodeJS.WriteStream = process.stderr): TrainProgress {
  return stream.isTTY ? barProgress(stream) : plainProgress(stream);
}
