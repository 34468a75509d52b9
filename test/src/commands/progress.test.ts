import { expect } from 'chai';
import { Writable } from 'node:stream';
import { progressLine } from '../../../src/commands/progress.js';
import { trainProgress } from '../../../src/commands/train/progress.js';
import type { TrainEvent } from '../../../src/commands/train/events.js';

/** A progress whose lines and clock are at hand. */
function recorded(isTTY = false) {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY, columns: 100 },
  );
  const clock = { now: 0 };
  const progress = progressLine(stream, () => clock.now);
  return { progress, clock, text: () => text, lines: () => text.split('\n').slice(0, -1) };
}

describe('progress', () => {
  it('feature: tells of every epoch that takes longer than five seconds, whatever its note', () => {
    const { progress, clock, lines } = recorded();
    // The first of 4 steps of the first of 3 epochs is done; a step takes 4 seconds.
    progress.show('ft, seed-1', 0.25, 3, 'loss 2.3');
    for (const [epoch, loss] of [
      [1, 2],
      [2, 1.5],
      [3, 1],
    ]) {
      clock.now = 16_000 * epoch - 4000;
      progress.show('ft, seed-1', epoch, 3, `loss ${loss}`);
    }
    expect(lines()).to.deep.equal([
      'ft, seed-1: 1/3, loss 2, 32 s left',
      'ft, seed-1: 2/3, loss 1.5, 16 s left',
      'ft, seed-1: 3/3, loss 1',
    ]);
  });

  it('feature: keeps quiet in between, and begins anew with another stage', () => {
    const { progress, clock, lines } = recorded();
    for (let done = 0; done <= 4; done++) {
      progress.show('features', done, 4);
      clock.now += 2000;
    }
    progress.show('heads', 0, 2);
    clock.now += 6000;
    progress.show('heads', 1, 2);
    expect(lines()).to.deep.equal(['features: 3/4, 2 s left', 'features: 4/4', 'heads: 1/2, 6 s left']);
  });

  it('feature: says nothing of what is short, and no more than every five seconds beside other lines', () => {
    const { progress, clock, lines } = recorded();
    progress.show('images', 0, 100);
    clock.now = 3000;
    progress.say('weldon: a.jpg is no image');
    clock.now = 6000;
    progress.show('images', 50, 100, 'b.jpg');
    clock.now = 8000;
    progress.show('images', 99, 100, 'c.jpg');
    clock.now = 8100;
    progress.show('images', 100, 100, 'd.jpg');
    progress.stop();
    expect(lines()).to.deep.equal([
      'weldon: a.jpg is no image',
      'images: 99/100, c.jpg, 1 s left',
      'images: 100/100, d.jpg',
    ]);
  });

  it('feature: a bar on a terminal, below the lines that stay', () => {
    const { progress, clock, text } = recorded(true);
    progress.show('images', 0, 4);
    clock.now = 4000;
    progress.say('weldon: a.jpg is no image');
    progress.show('images', 2, 4, 'b.jpg');
    progress.say('weldon: c.jpg is no image');
    progress.stop();
    expect(text())
      .to.contain('\r\x1b[Kweldon: a.jpg is no image\n')
      .and.to.match(/█+░+ images: 2\/4, b\.jpg, 4 s left/);
  });

  it('feature: a training run, in lines for its epochs and what lies between', () => {
    const { progress, clock, lines } = recorded();
    const show = trainProgress(progress, () => clock.now);
    const step = (number: number): TrainEvent => ({
      kind: 'step',
      images: 8,
      epoch: Math.floor((number - 1) / 2),
      batch: 1,
      step: number,
      loss: 1 / number,
      learningRate: 0.1,
      gradientNorm: 1,
      phase: 0,
    });
    show({
      kind: 'begin',
      folder: 'run',
      backbone: 'vgg16',
      classes: 3,
      train: 16,
      validation: 4,
      steps: 4,
      done: 0,
      epochs: 2,
      metric: 'accuracy',
    });
    clock.now = 4000;
    show(step(1));
    clock.now = 8000;
    show(step(2));
    show({ kind: 'epoch', epoch: 0, loss: 0.75, validation: { loss: 0.5, metric: 0.875 } } as TrainEvent);
    clock.now = 14_000;
    show(step(3));
    expect(lines()).to.deep.equal([
      '16 images to train on, 4 for validation, 3 classes, on vgg16',
      'epoch 1/2: loss 0.750, validation loss 0.500, accuracy 87.5 %, 2.0 images/s',
      'steps: 3/4, epoch 2/2, loss 0.333, 1.3 images/s, 5 s left',
    ]);
  });
});
