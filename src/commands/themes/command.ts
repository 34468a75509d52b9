import type { Command } from 'commander';
import { toStderr, toStdout } from '../../node/notice.js';
import type { TagWeight } from '../../tagging/themes.js';
import { flag } from '../flags.js';
import { themeOptions } from './options.js';

interface ThemeFlags {
  themes?: number;
  weight?: TagWeight;
  shown?: number;
  names?: string;
  apply?: string;
  out: string;
  json?: boolean;
}

async function runThemes(tags: string, { json, ...flags }: ThemeFlags): Promise<void> {
  const { themeFiles, themesText } = await import('./themeFiles.js');
  const report = await themeFiles({ tags, ...flags, notice: (sentence) => toStderr(`weldon: ${sentence}`) });
  toStdout(json ? `${JSON.stringify(report)}\n` : themesText(report));
}

/** Arguments, options and action of `weldon themes`. */
export function defineThemes(command: Command): void {
  command
    .description(
      'Finds themes in the tags of images: tags that come together, with the images of each on a page, the graph of tags ' +
        'that stand together, and the share of each theme in each image.',
    )
    .argument('<tags>', 'the tags.json of weldon tag')
    .addOption(flag(themeOptions.themes, '--themes <n>', 'themes (default: 30, or as many as images or tags allow)'))
    .addOption(
      flag(themeOptions.weight, '--weight <rule>', 'what a tag weighs: sqrt, p or binary (default: sqrt of p)'),
    )
    .addOption(flag(themeOptions.shown, '--shown <n>', 'images shown per theme (default: 12)'))
    .option(
      '--names <file>',
      'JSON file of names by the words of themes (default: names.json in the folder, once there)',
    )
    .option('--apply <file>', 'a themes.json whose themes stay: the images are projected on them')
    .addOption(flag(themeOptions.out, '--out <folder>', 'folder for the results').default('themes'))
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  weldon themes tags/tags.json --themes 30 --out themes
  weldon themes new/tags.json --apply themes/themes.json --out new-themes`,
    )
    .action(runThemes);
}
