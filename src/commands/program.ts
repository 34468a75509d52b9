import { Command } from 'commander';
import { visibleLines } from '../errors.js';
import { ownVersion } from '../node/packageRoot.js';
import { runProgram } from './runProgram.js';

/** One verb: what the list of commands says of it, and its module, loaded when the verb is called. */
interface CommandEntry {
  name: string;
  usage: string;
  summary: string;
  /** Gives the function that adds description, arguments, options and action. */
  load: () => Promise<(command: Command) => void>;
}

/** Every command, in the order of the help. A new one is a folder here and a line in this table. */
const commands: readonly CommandEntry[] = [
  {
    name: 'heatmap',
    usage: '[options] <images...>',
    summary: 'draw what a network recognises in images, and where',
    load: async () => (await import('./heatmap/command.js')).defineHeatmap,
  },
  {
    name: 'train',
    usage: '[options] [images]',
    summary: 'train a network on labelled images',
    load: async () => (await import('./train/command.js')).defineTrain,
  },
  {
    name: 'evaluate',
    usage: '[options] <model> <images>',
    summary: 'measure a model on labelled images',
    load: async () => (await import('./evaluate/command.js')).defineEvaluate,
  },
  {
    name: 'experiment',
    usage: '[options]',
    summary: 'ways to use a network, compared on one data set',
    load: async () => (await import('./experiment/command.js')).defineExperiment,
  },
  {
    name: 'index',
    usage: '[options] <images...>',
    summary: 'bake a catalogue of images to search in',
    load: async () => (await import('./index/command.js')).defineIndex,
  },
  {
    name: 'search',
    usage: '[options] <catalogue> [image]',
    summary: 'find in a catalogue what is in an image, and where it matches',
    load: async () => (await import('./search/command.js')).defineSearch,
  },
  {
    name: 'bake',
    usage: '[options] [sources...]',
    summary: 'features, embeddings, tags or maps of any number of images, in shards',
    load: async () => (await import('./bake/command.js')).defineBake,
  },
  {
    name: 'import',
    usage: '[options] <weights>',
    summary: 'convert published weights to a TensorFlow.js folder',
    load: async () => (await import('./import/command.js')).defineImport,
  },
  {
    name: 'export',
    usage: '[options] [model]',
    summary: 'write a model as an ONNX file',
    load: async () => (await import('./export/command.js')).defineExport,
  },
  {
    name: 'tag',
    usage: '[options] <images...>',
    summary: 'tag images by one or several networks, with regions and rules',
    load: async () => (await import('./tag/command.js')).defineTag,
  },
  {
    name: 'themes',
    usage: '[options] <tags>',
    summary: 'find themes in the tags of images, and show them',
    load: async () => (await import('./themes/command.js')).defineThemes,
  },
  {
    name: 'recommend',
    usage: 'train|evaluate|rank|attractivity [options] …',
    summary: 'rank offers by what users chose and what images show, and say why',
    load: async () => (await import('./recommend/command.js')).defineRecommend,
  },
  {
    name: 'serve',
    usage: '[options] <catalogue>',
    summary: 'search a catalogue over HTTP',
    load: async () => (await import('./serve/command.js')).defineServe,
  },
  {
    name: 'worker',
    usage: '[options]',
    summary: 'do the jobs of bakes that other machines feed to a queue',
    load: async () => (await import('./worker/command.js')).defineWorker,
  },
  {
    name: 'info',
    usage: '[options]',
    summary: 'tell the backends of this machine, the one chosen and why, and versions',
    load: async () => (await import('./info/command.js')).defineInfo,
  },
];

function makeProgram(): Command {
  const program = new Command('weldon')
    .description('Class heat maps from image labels alone: WELDON pooling for TensorFlow.js.')
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
    .option('--verbose', 'print stack traces of errors')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
    .configureOutput({ outputError: (text, write) => write(visibleLines(text.replace(/^error: /, 'weldon: '))) })
    .showHelpAfterError('(weldon --help tells more)')
    .exitOverride();
  for (const { name, usage, summary } of commands) {
    program.command(name).usage(usage).summary(summary);
  }
  return program.hook('preSubcommand', async (_, called) => {
    const entry = commands.find(({ name }) => name === called.name());
    (await entry!.load())(called);
  });
}

/** `weldon help train` is `weldon train --help`. */
function withoutHelpWord(argv: readonly string[]): readonly string[] {
  const [node, script, first, ...rest] = argv;
  return first === 'help' ? [node, script, ...rest, '--help'] : argv;
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
  await runProgram(program, withoutHelpWord(argv));
}
