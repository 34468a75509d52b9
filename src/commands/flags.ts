import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { runtimeBackends } from '../node/runtime/backendNames.js';
import { number, ruleOf } from './checkOptions.js';

/**
 * The flag of an option: its word is read and checked by the option's schema, and refused with the sentence that
 * commander prints.
 */
export function flag(schema: z.ZodType, flags: string, help: string): Option {
  const { rule, read } = ruleOf(schema);
  return new Option(flags, help).argParser((word: string) => {
    const { success, data } = schema.safeParse(read(word));
    if (!success) {
      throw new InvalidArgumentError(`Expected ${rule}.`);
    }
    return data;
  });
}

/** The flag of every command that computes. */
export function backendFlag(help = 'backend to compute with'): Option {
  return new Option('--backend <name>', help).choices(['auto', ...runtimeBackends]);
}

/** The flag of commands that go through images one by one. */
export function maxMegapixelsFlag(): Option {
  return flag(
    number('a number above 0', (value) => value > 0),
    '--max-megapixels <n>',
    'refuse larger images',
  ).default(100);
}
