import type { Progress } from '../progress.js';
import type { TrainEvent } from './events.js';

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

/** Images per second since a moment, as a note; empty until there is something to count. */
class Pace {
  private images = 0;
  private since: number;

  constructor(private readonly now: () => number) {
    this.since = now();
  }

  begin(): void {
    this.images = 0;
    this.since = this.now();
  }

  add(images: number): void {
    this.images += images;
  }

  get text(): string {
    const seconds = (this.now() - this.since) / 1000;
    const rate = this.images / seconds;
    return this.images === 0 || seconds < 0.1 ? '' : `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} images/s`;
  }
}

function beginning({ train, validation, classes, backbone, done, steps }: Extract<TrainEvent, { kind: 'begin' }>) {
  return (
    `${train} images to train on, ${validation === 0 ? 'none' : validation} for validation, ${classes} classes, ` +
    `on ${backbone}${done > 0 ? `; going on after step ${done} of ${steps}` : ''}`
  );
}

/**
 * Shows a training run: a line for its beginning and for each epoch, and how far it is in between.
 *
 * @param now milliseconds
 * @returns takes the events of `trainModel`
 */
export function trainProgress(progress: Progress, now: () => number = Date.now): (event: TrainEvent) => void {
  const pace = new Pace(now);
  let begun: Extract<TrainEvent, { kind: 'begin' }> | null = null;
  let [loss, losses, features] = [0, 0, 0];
  const notes = (...parts: string[]) => parts.filter((part) => part !== '').join(', ');
  return (event) => {
    switch (event.kind) {
      case 'begin':
        begun = event;
        progress.say(beginning(event));
        pace.begin();
        break;
      case 'notice':
        progress.say(event.text);
        break;
      case 'reading':
        progress.show('images looked at', event.done, event.total);
        break;
      case 'features':
        pace.add(event.done - features);
        features = event.done;
        progress.show('features', event.done, event.total, pace.text);
        if (event.done === event.total) {
          pace.begin();
        }
        break;
      case 'step':
        pace.add(event.images);
        loss += event.loss;
        losses++;
        progress.show(
          'steps',
          event.step,
          begun!.steps,
          notes(`epoch ${event.epoch + 1}/${begun!.epochs}`, `loss ${(loss / losses).toFixed(3)}`, pace.text),
        );
        break;
      case 'epoch': {
        const { epochs, metric } = begun!;
        const { validation } = event;
        progress.say(
          notes(
            `epoch ${String(event.epoch + 1).padStart(String(epochs).length)}/${epochs}: loss ${event.loss.toFixed(3)}`,
            validation === undefined
              ? ''
              : `validation loss ${validation.loss.toFixed(3)}, ${metric} ${percent(validation.metric)}`,
            pace.text,
          ),
        );
        [loss, losses] = [0, 0];
        pace.begin();
        break;
      }
    }
  };
}
