#!/usr/bin/env node
import { runCommandLine } from './program.js';

// A reader such as `head` that stops listening is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    throw error;
  }
});

await runCommandLine(process.argv);
// Backends may keep handles open (Dawn does); everything is written by now.
process.exit();
