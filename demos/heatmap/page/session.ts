import type { ClassMap, ColorMapName, PoolingOptions } from '../../../src/index.js';
import type { BackendName, BackendState } from '../../page/messages.js';
import { PageTopics } from '../../page/pageTopics.js';
import { backendTitles } from '../../page/messages.js';
import type { Calls, Events, ModelName, ModelState, Photo, Pooled, Reading } from '../messages.js';
import { Trouble } from '../../page/callWorker.js';
import type { WorkerCalls } from '../../page/callWorker.js';

/** How maps are painted. */
export interface Look {
  colors: ColorMapName;
  opacity: number;
  outlines: boolean;
}

/** What the photo at hand looks like to the network, in one or two settings. */
export interface Seen {
  photo: Photo;
  reading: Reading;
  /** of the class that is looked at */
  map: ClassMap;
  selected: number;
  pooled: Pooled[];
}

export type Topic = 'seen' | 'pooled' | 'settings' | 'look' | 'backend' | 'models' | 'notice';

type Words = Record<string, number>;

/** The page's state, and what can be done to it; panels listen to the topics that they show. */
export class Session extends PageTopics<Topic> {
  seen: Seen | null = null;
  backend: BackendState | null = null;
  models: Partial<Record<ModelName, ModelState>> = {};
  modelName: ModelName = 'imagenet';
  size = 320;
  settings: PoolingOptions[] = [{}];
  look: Look = { colors: 'blueRed', opacity: 0.72, outlines: true };
  /** how long each stage took, in milliseconds */
  times: Words = {};
  private opening = 0;
  private poolingRuns = false;
  private poolAgain = false;

  constructor(readonly worker: WorkerCalls<Calls, Events>) {
    super();
    worker.on('notice', ({ sentence }) => this.say(sentence));
    worker.on('backendLost', ({ backend, reason }) => {
      if (backend === this.backend?.name) {
        void this.fallBack(`${backendTitles[backend]} was lost (${reason})`);
      }
    });
  }

  get model(): ModelState {
    return this.models[this.modelName] as ModelState;
  }

  /** The photo of a file; of several calls the last one wins. */
  async openPhoto(file: Blob, name: string): Promise<void> {
    const number = ++this.opening;
    await this.attempt(`Reading ${name}`, async () => {
      const photo = await this.worker.call('openPhoto', { file, name });
      if (number !== this.opening) {
        photo.preview.close();
        return;
      }
      if (photo.note !== null) {
        this.say(photo.note, 'news');
      }
      await this.read(photo, null);
    });
  }

  /** Runs the network on the photo at hand again, for another size, model or backend. */
  async readAgain(keepClass: boolean): Promise<void> {
    const { seen } = this;
    if (seen !== null) {
      await this.attempt('Running the network', () => this.read(seen.photo, keepClass ? seen.selected : null));
    }
  }

  private async read(photo: Photo, selected: number | null, again = false): Promise<void> {
    try {
      const size = this.modelName === 'imagenet' ? this.size : null;
      const reading = await this.worker.call('read', { model: this.modelName, size, pooling: this.settings, selected });
      const before = this.seen?.photo.preview;
      if (before !== photo.preview) {
        before?.close();
      }
      const { map, pooled } = reading;
      if (this.seen?.reading.model !== reading.model) {
        this.changed('models');
      }
      this.seen = { photo, reading, map, pooled, selected: pooled[0].selected.index };
      this.times = {
        decode: photo.milliseconds,
        network: reading.networkMilliseconds,
        pooling: reading.poolingMilliseconds,
      };
      this.changed('seen');
    } catch (error) {
      if (error instanceof Trouble && error.backendFailed && !again && this.backend !== null) {
        await this.takeAnotherBackend(`${backendTitles[this.backend.name]} failed (${error.message})`);
        await this.read(photo, selected, true);
        return;
      }
      throw error;
    }
  }

  /** Pools the maps at hand anew; while one run is on its way, only the latest settings are kept for the next. */
  async repool(): Promise<void> {
    this.changed('settings');
    if (this.seen?.reading.model !== this.modelName) {
      return;
    }
    if (this.poolingRuns) {
      this.poolAgain = true;
      return;
    }
    this.poolingRuns = true;
    await this.attempt(null, async () => {
      do {
        this.poolAgain = false;
        const seen = this.seen as Seen;
        const { pooled, milliseconds } = await this.worker.call('pool', {
          pooling: this.settings,
          selected: seen.selected,
        });
        if (seen === this.seen) {
          seen.pooled = pooled;
          this.times.pooling = milliseconds;
          this.changed('pooled');
        }
      } while (this.poolAgain);
    });
    this.poolingRuns = false;
  }

  /** Looks at another class of the photo at hand. */
  async select(index: number): Promise<void> {
    const { seen } = this;
    if (seen === null || seen.selected === index || seen.reading.model !== this.modelName) {
      return;
    }
    await this.attempt(null, async () => {
      const [map, { pooled, milliseconds }] = await Promise.all([
        this.worker.call('classMap', { index }),
        this.worker.call('pool', { pooling: this.settings, selected: index }),
      ]);
      if (seen.photo === this.seen?.photo && seen.reading === this.seen.reading) {
        this.seen = { ...seen, map, pooled, selected: index };
        this.times.pooling = milliseconds;
        this.changed('seen');
      }
    });
  }

  /** Reads the photo at hand with another network; where that fails, the one before stays. */
  async useModel(name: ModelName): Promise<void> {
    const before = { modelName: this.modelName, settings: this.settings };
    this.modelName = name;
    this.settings = this.settings.map(() => ({ ...this.model.pooling }));
    await this.readAgain(false);
    if (this.seen !== null && this.seen.reading.model !== name) {
      Object.assign(this, before);
    }
    this.changed('models', 'settings');
  }

  async useBackend(wanted: BackendName | 'auto'): Promise<void> {
    await this.attempt('Changing the backend', async () => {
      try {
        this.backend = await this.worker.call('useBackend', { backend: wanted });
      } catch (error) {
        this.backend = await this.worker.call('useBackend', { backend: 'auto' });
        throw new Trouble(`${(error as Error).message} It runs on ${backendTitles[this.backend.name]}.`);
      } finally {
        this.changed('backend');
      }
    });
    await this.readAgain(true);
  }

  private async takeAnotherBackend(why: string): Promise<void> {
    this.backend = await this.worker.call('useBackend', { backend: 'auto' });
    this.changed('backend');
    this.say(`${why}; it goes on with ${backendTitles[this.backend.name]}.`, 'news');
  }

  private async fallBack(why: string): Promise<void> {
    await this.attempt('Changing the backend', () => this.takeAnotherBackend(why));
    await this.readAgain(true);
  }
}
