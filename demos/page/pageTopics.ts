import type { Notice } from './messages.js';

/** What panels of a page listen to: topics that change, sentences for the user, and what is being waited for. */
export class PageTopics<Topic extends string> {
  /** what is being waited for, or `null` */
  busy: string | null = null;
  private readonly listeners = new Map<Topic | 'busy', (() => void)[]>();
  private readonly noticeListeners: ((notice: Notice) => void)[] = [];

  on(topic: Topic | 'busy', listener: () => void): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.noticeListeners.push(listener);
  }

  changed(...topics: (Topic | 'busy')[]): void {
    topics.forEach((topic) => this.listeners.get(topic)?.forEach((listener) => listener()));
  }

  say(sentence: string, kind: Notice['kind'] = 'trouble'): void {
    this.noticeListeners.forEach((listener) => listener({ kind, sentence }));
  }

  /** Runs something that may fail; what went wrong becomes a sentence on the page. */
  async attempt(busy: string | null, run: () => Promise<void>): Promise<void> {
    if (busy !== null) {
      this.setBusy(busy);
    }
    try {
      await run();
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    } finally {
      if (busy !== null && this.busy === busy) {
        this.setBusy(null);
      }
    }
  }

  private setBusy(busy: string | null): void {
    this.busy = busy;
    this.changed('busy');
  }
}
