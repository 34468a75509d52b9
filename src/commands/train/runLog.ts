import { appendFile } from 'node:fs/promises';
import { WeldonError } from '../../errors.js';
import type { EpochRecord, RunPosition } from '../../training/checkpoint.js';
import type { StepRecord } from '../../training/fineTuneOptions.js';
import type { Notice } from '../../node/notice.js';
import { toStderr } from '../../node/notice.js';
import { atomicWrite, writeError } from '../../node/storage/atomicWrite.js';
import { readPlainFile } from '../../node/storage/plainFile.js';

/** One line of `log.jsonl`. */
export type LogLine = ({ kind: 'step' } & StepRecord) | ({ kind: 'epoch'; seconds: number } & EpochRecord);

/**
 * A run's log: one JSON object per line, in the order of training. Lines are collected and appended together, at most
 * about a second late.
 */
export interface RunLog {
  /** the lines of former processes that hold */
  lines: readonly LogLine[];
  add(line: LogLine): Promise<void>;
  /** Writes what is collected. */
  flush(): Promise<void>;
}

/** Milliseconds that lines may wait. */
const longestWait = 1000;

/** The lines that are whole: a killed process may have left part of one at the end; others that are none are told. */
async function readLines(path: string, notice: Notice): Promise<LogLine[]> {
  let text: string;
  try {
    text = (await readPlainFile(path, Infinity)).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw new WeldonError(`Cannot read the log ${path}: ${(error as Error).message}`);
  }
  const written = text.split('\n');
  const lines: LogLine[] = [];
  let damaged = 0;
  for (const [i, line] of written.entries()) {
    try {
      if (line !== '') {
        lines.push(JSON.parse(line) as LogLine);
      }
    } catch {
      damaged += Number(i < written.length - 1);
    }
  }
  if (damaged > 0) {
    notice(`${path} has ${damaged} damaged ${damaged === 1 ? 'line' : 'lines'}: the curves are drawn without`);
  }
  return lines;
}

/**
 * Opens a log to go on from a checkpoint: steps and epochs behind it, which are trained again, are taken out.
 *
 * @param position that of the checkpoint; `null` for a run that begins
 * @throws WeldonError (also when used) if the file cannot be written
 */
export async function openRunLog(
  path: string,
  position: RunPosition | null,
  notice: Notice = toStderr,
): Promise<RunLog> {
  const lines =
    position === null
      ? []
      : (await readLines(path, notice)).filter((line) =>
          line.kind === 'step' ? line.step <= position.step : line.epoch < position.epoch,
        );
  await atomicWrite(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  let waiting = '';
  let written = Date.now();
  const flush = async () => {
    const text = waiting;
    waiting = '';
    written = Date.now();
    try {
      await appendFile(path, text);
    } catch (error) {
      throw writeError(path, error);
    }
  };
  return {
    lines,
    async add(line) {
      waiting += `${JSON.stringify(line)}\n`;
      if (Date.now() - written >= longestWait) {
        await flush();
      }
    },
    flush,
  };
}
