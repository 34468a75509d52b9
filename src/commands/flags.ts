/** Parsers of command-line values: each refuses with the sentence that commander prints. */
import { InvalidArgumentError, Option } from 'commander';
import { runtimeBackends } from '../node/runtime/backendNames.js';

/** The flag of every command that computes. */
export function backendFlag(help = 'where to compute'): Option {
  return new Option('--backend <name>', help).choices(['auto', ...runtimeBackends]);
}

export function count(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError('Expected a whole number >= 1.');
  }
  return number;
}

export function finiteNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) {
    throw new InvalidArgumentError('Expected a number.');
  }
  return number;
}

/** A number from 0 to 1. */
export function share(value: string): number {
  const number = finiteNumber(value);
  if (number < 0 || number > 1) {
    throw new InvalidArgumentError('Expected a number from 0 to 1.');
  }
  return number;
}

/** A count, a fraction, or a percentage such as `20%`. */
export function regionShare(value: string): number {
  const percent = /^\s*([\d.]+)\s*%\s*$/.exec(value);
  const number = percent === null ? finiteNumber(value) : Number(percent[1]) / 100;
  if (!(number >= 0) || (percent !== null && !(number < 1)) || (number > 1 && !Number.isInteger(number))) {
    throw new InvalidArgumentError(
      'Expected a number of regions such as 3, a share such as 0.2 or 20%, or 0 for none.',
    );
  }
  return number;
}

/** Words separated by commas. */
export function list(value: string): string[] {
  const words = value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) {
    throw new InvalidArgumentError('Expected at least one word; several are separated by commas.');
  }
  return words;
}

/** Words separated by commas, each one of a few. */
export function listOf<T extends string>(allowed: readonly T[]): (value: string) => T[] {
  return (value) =>
    list(value).map((word) => {
      if (!allowed.includes(word as T)) {
        throw new InvalidArgumentError(`Expected some of ${allowed.join(', ')}, separated by commas.`);
      }
      return word as T;
    });
}
