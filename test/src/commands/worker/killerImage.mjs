// A process that reads killer.png dies, as by a fault of a decoder.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { readFile } = fs;
fs.readFile = (path, ...rest) => {
  if (String(path).endsWith('killer.png')) {
    process.kill(process.pid, 'SIGKILL');
  }
  return readFile(path, ...rest);
};
syncBuiltinESMExports();
