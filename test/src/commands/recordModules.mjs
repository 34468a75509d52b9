/** With `node --import`: appends the address of every module that is loaded to the file that MODULE_LIST names. */
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Node runs the hook below on a thread of its own, for which it loads this file again.
if (isMainThread) {
  register(import.meta.url);
}

export async function load(url, context, nextLoad) {
  appendFileSync(process.env.MODULE_LIST, `${url}\n`);
  return nextLoad(url, context);
}
