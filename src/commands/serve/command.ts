import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { expectedInWords } from '../../errors.js';
import { toStderr, toStdout } from '../../node/notice.js';
import { endProcess } from '../../node/workers/endProcess.js';
import { backendFlag, flag } from '../flags.js';
import type { ServeCatalogueOptions } from './options.js';
import { serveOptions } from './options.js';

interface ServeFlags extends Omit<ServeCatalogueOptions, 'catalogue' | 'token' | 'notice'> {
  tokenFile?: string;
  json?: boolean;
}

/** A token out of a file or the environment: on a command line, everybody on the machine could read it. */
async function readToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) {
    return process.env.WELDON_TOKEN;
  }
  // Of a process a shell may give it, too: <(pass show …) is a pipe.
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const what = { ENOENT: 'no file of that name', EISDIR: 'a folder', EACCES: 'one that may not be read' };
    throw expectedInWords(
      file,
      'a file with the token',
      error.code !== undefined && error.code in what ? what[error.code as keyof typeof what] : error.message,
    );
  });
  return text.trim();
}

async function runServe(catalogue: string, { tokenFile, json, ...options }: ServeFlags): Promise<void> {
  const { serveCatalogue } = await import('./serveCatalogue.js');
  const stop = new Promise<NodeJS.Signals>((resolve) => {
    (['SIGINT', 'SIGTERM'] as const).forEach((signal) => process.on(signal, () => resolve(signal)));
  });
  const server = await serveCatalogue({ ...options, catalogue, token: await readToken(tokenFile) });
  if (json) {
    toStdout(`${JSON.stringify({ url: server.url })}\n`);
  }
  toStderr(`Serving at ${server.url}; ${server.url}/openapi.json describes it; Ctrl-C stops it`);
  await stop;
  process.on('SIGINT', () => void endProcess(130));
  toStderr('weldon: ending what is under way; press Ctrl-C again to stop at once');
  await server.close();
  // Stopping is how a server ends.
  process.exit(0);
}

/** Arguments, options and action of `weldon serve`. */
export function defineServe(command: Command): void {
  command
    .description(
      'Serves a catalogue over HTTP: POST /search with an image, or items to be like and unlike, gives items as JSON, with ' +
        'the places where they match. Other machines do not reach it, and nothing is changed, unless told so.',
    )
    .argument('<catalogue>', 'a folder that weldon index made, or postgres://…?catalogue=name')
    .addOption(flag(serveOptions.port, '--port <n>', 'port to listen at; 0 takes a free one (default: 8484)'))
    .option('--host <address>', 'address to listen at; 0.0.0.0 for all (default: 127.0.0.1, this machine alone)')
    .option('--token-file <file>', 'file with a token that requests must carry (also: WELDON_TOKEN)')
    .option('--writable', 'let items be added, replaced and deleted')
    .option('--added <folder>', "folder for the images of added items (default: added, in the catalogue's folder)")
    .option('--images <folder>', 'folder of the images (default: the one that they were baked from)')
    .option('--feedback <file>', 'append likes and unlikes to this file, a line of JSON each')
    .option('--page <folder>', 'serve the page in this folder, too, with this catalogue as its collection')
    .addOption(flag(serveOptions.maxUpload, '--max-upload <MB>', 'largest upload (default: 20)'))
    .addOption(flag(serveOptions.maxMegapixels, '--max-megapixels <n>', 'largest image (default: 50)'))
    .addOption(backendFlag('where the network runs, whatever the catalogue was made on (default: there)'))
    .option('--json', 'print the address as one JSON line')
    .addHelpText(
      'after',
      `
Examples:
  weldon serve catalogue
  curl -F image=@room.jpg -F k=5 http://127.0.0.1:8484/search`,
    )
    .action(runServe);
}
