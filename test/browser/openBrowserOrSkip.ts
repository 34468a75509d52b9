import type { Browser } from 'playwright-core';
import { openBrowser } from './openBrowser.js';

/** A browser for a hook; where none starts the suite is skipped with the reason, and fails under CI. */
export async function openBrowserOrSkip(context: Mocha.Context): Promise<Browser> {
  try {
    return await openBrowser();
  } catch (error) {
    if (process.env.CI) {
      throw error;
    }
    console.log(`      skipped: no browser (${(error as Error).message.split('\n')[0]})`);
    return context.skip();
  }
}
