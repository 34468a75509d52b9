import type { Command } from 'commander';
import { WeldonError } from '../../src/index.js';

/** Runs a program of one command; what a user can mend is told in its sentence, and the process ends with 1. */
export async function runProgram(program: Command): Promise<never> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof WeldonError)) {
      throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
  }
  // Backends may keep handles open (Dawn does); everything is written by now.
  process.exit();
}
