/** Files and folders that are being written; what is left of them is removed when the process ends. */
import { rmSync } from 'node:fs';

const unfinished = new Set<string>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // the process is ending; the next one may still be removable
    }
  }
  unfinished.clear();
}

/** Ends the process as the signal would have, unless somebody else listens: they may want to finish what is in hand. */
function onSignal(signal: NodeJS.Signals): void {
  watch(false);
  if (process.listenerCount(signal) > 0) {
    watch(true);
    return;
  }
  removeUnfinished();
  process.kill(process.pid, signal);
}

function watch(on: boolean): void {
  process[on ? 'on' : 'off']('exit', removeUnfinished);
  for (const signal of signals) {
    process[on ? 'on' : 'off'](signal, onSignal);
  }
}

/** From now on the file or folder goes when the process ends. */
export function beginUnfinished(path: string): void {
  if (unfinished.size === 0) {
    watch(true);
  }
  unfinished.add(path);
}

/** It is complete, or gone already. */
export function endUnfinished(path: string): void {
  if (unfinished.delete(path) && unfinished.size === 0) {
    watch(false);
  }
}
