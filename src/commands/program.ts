import { Command, CommanderError } from 'commander';
import { WeldonError } from '../errors.js';
import { addEvaluateCommand } from './evaluate/command.js';
import { addHeatmapCommand } from './heatmap/command.js';
import { registerImport } from './import/command.js';
import { addInfoCommand } from './info/command.js';
import { ownVersion } from '../node/packageRoot.js';
import { addTrainCommand } from './train/command.js';

function makeProgram(): Command {
  const program = new Command('weldon')
    .description('Class heat maps from image labels alone: WELDON pooling for TensorFlow.js.')
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
    .option('--verbose', 'print stack traces of errors')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'weldon: ')) })
    .showHelpAfterError('(weldon --help tells more)')
    .exitOverride();
  addHeatmapCommand(program);
  addTrainCommand(program);
  addEvaluateCommand(program);
  registerImport(program);
  addInfoCommand(program);
  for (const command of program.commands) {
    command.copyInheritedSettings(program).helpOption('--help', 'print help');
  }
  return program;
}

/**
 * Runs the `weldon` command line and sets the process' exit code: 0 for success, 1 where something could not be done,
 * 2 for wrong usage, 130 after Ctrl-C.
 *
 * @param argv as `process.argv`
 */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = makeProgram();
  if (argv.length <= 2) {
    program.outputHelp();
    process.exitCode = 2;
    return;
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end with 0; everything else that commander refuses is wrong usage, already printed.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const unexpected = error instanceof WeldonError ? '' : ' (--verbose prints where)';
    process.stderr.write(
      program.opts<{ verbose?: boolean }>().verbose ? `${stack}\n` : `weldon: ${message.split('\n')[0]}${unexpected}\n`,
    );
    process.exitCode = 1;
  }
}
