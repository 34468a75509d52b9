import { CommanderError, InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { visibleLines, WeldonError } from '../errors.js';
import { toStderr } from '../node/notice.js';

/**
 * Runs a command line and sets the process' exit code: 0 for success, 1 where something could not be done, which is told
 * in one sentence, 2 for wrong usage, 130 after Ctrl-C.
 *
 * @param argv as `process.argv`
 */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  program.exitOverride();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end with 0; everything else that commander refuses is wrong usage, already printed: only what an
      // action finds to be so is not.
      if (error instanceof InvalidArgumentError) {
        toStderr(`${program.name()}: ${error.message}\n(${program.name()} --help tells more)`);
      }
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const unexpected = error instanceof WeldonError ? '' : ' (--verbose prints where)';
    if (program.opts<{ verbose?: boolean }>().verbose) {
      process.stderr.write(`${visibleLines(stack ?? message)}\n`);
    } else {
      toStderr(`${program.name()}: ${message.split('\n')[0]}${unexpected}`);
    }
    process.exitCode = 1;
  }
}
