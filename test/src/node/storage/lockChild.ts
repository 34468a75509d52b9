/** A process of `runLock.test.ts`: locks the folder it is given, says so, and unlocks it when its input ends. */
import { once } from 'node:events';
import { lockRun } from '../../../../src/node/storage/lock.js';

const unlock = await lockRun(process.argv[2]);
process.stdout.write('locked\n');
process.stdin.resume();
await once(process.stdin, 'end');
await unlock();
