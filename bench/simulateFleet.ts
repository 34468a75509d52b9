import { randomBits } from '../src/random.js';

export interface Fleet {
  images: number;
  /** images of a job */
  chunk: number;
  cores: number;
  /** seconds of jobs as they were measured, each for `sample.chunk` images */
  sample: { chunk: number; seconds: readonly number[] };
  /** seconds that a job costs beside its images: broker, commit */
  perJob?: number;
  /** of cores that are slow, and by how much */
  stragglers?: { share: number; factor: number };
  /** deaths of a core's process in an hour of work */
  deaths?: number;
  /** seconds until the job of a dead process is begun again */
  recovery?: number;
  seed?: number;
}

/** Cores by the time at which they are free: a heap, the first to be free on top. */
function freeCores(count: number) {
  const heap = Array.from({ length: count }, (_, core) => ({ at: 0, core }));
  return {
    top: () => heap[0],
    /** The top one is free again later. */
    later(at: number) {
      const item = { at, core: heap[0].core };
      let i = 0;
      for (;;) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        let child = left;
        if (right < heap.length && heap[right].at < heap[left].at) {
          child = right;
        }
        if (child >= heap.length || heap[child].at >= at) {
          break;
        }
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = item;
    },
  };
}

/** Plays a bake through: each core takes the next job as soon as it is free. Gives seconds of wall, and of work. */
export function simulateFleet({
  images,
  chunk,
  cores,
  sample,
  perJob = 0.012,
  stragglers = { share: 0, factor: 1 },
  deaths = 0,
  recovery = 50,
  seed = 1,
}: Fleet): { wall: number; work: number; lost: number } {
  const bits = randomBits(seed);
  const random = () => bits() / 2 ** 32;
  const free = freeCores(cores);
  const slow = Array.from({ length: cores }, () => (random() < stragglers.share ? stragglers.factor : 1));
  // What comes again: when, and how many images.
  const again: { at: number; count: number }[] = [];
  let [left, wall, work, lost] = [images, 0, 0, 0];
  while (left > 0 || again.length > 0) {
    const { at, core } = free.top();
    let count = 0;
    let begin = at;
    if (again.length > 0 && (again[0].at <= at || left === 0)) {
      ({ count } = again[0]);
      begin = Math.max(at, again[0].at);
      again.shift();
    } else {
      count = Math.min(chunk, left);
      left -= count;
    }
    let seconds = perJob;
    // As many measured jobs as it is long: means of many vary less than one.
    for (let rest = count; rest > 0; rest -= sample.chunk) {
      const one = sample.seconds[Math.floor(random() * sample.seconds.length)];
      seconds += (one * Math.min(rest, sample.chunk)) / sample.chunk;
    }
    seconds *= slow[core];
    const isLost = random() < 1 - Math.exp((-deaths * seconds) / 3600);
    if (isLost) {
      const until = begin + seconds * random();
      again.push({ at: until + recovery, count });
      work += until - begin;
      lost++;
      free.later(until + 10);
    } else {
      work += seconds;
      wall = Math.max(wall, begin + seconds);
      free.later(begin + seconds);
    }
  }
  return { wall, work, lost };
}
