/** Conformance cases that run elsewhere, in a page or in another process, as tests of this run. */
import type { ConformanceCase, ConformanceContext } from './conformance.js';

/** Runs the case of that index over there; resolves to the error as text, or null. */
export type RunRemotely = (index: number, context: ConformanceContext) => Promise<string | null>;

/**
 * Declares one test per case, grouped as in Node. A backend that did not start shows as skipped tests with the
 * reason; under CI it is a failure.
 *
 * @param cases all cases, which the other side knows by their index
 * @param start starts the other side and gives the way to run a case there
 * @param stop releases what `start` started, also if it failed half-way
 * @param choose what to do with a case: run it, leave it out, or show it as skipped for that reason
 */
export function declareRemoteCases(
  title: string, cases: readonly ConformanceCase[], context: ConformanceContext,
  start: () => Promise<RunRemotely>, stop: () => Promise<void>,
  choose: (each: ConformanceCase) => boolean | string = () => true): void {
  describe(title, () => {
    let run: RunRemotely | null = null;
    before(async function () {
      try {
        run = await start();
      } catch (error) {
        if (process.env.CI) {
          throw error;
        }
        console.log(`      skipped: ${error instanceof Error ? error.message : String(error)}`);
        this.skip();
      }
    });
    after(stop);

    const chosen = cases.map((each, index) => ({ each, index, choice: choose(each) })).filter(({ choice }) => choice !== false);
    for (const group of new Set(chosen.map(({ each }) => each.group))) {
      describe(group, () => {
        for (const { each, index, choice } of chosen.filter((one) => one.each.group === group)) {
          if (typeof choice === 'string') {
            it.skip(`${each.title} (skipped: ${choice})`);
            continue;
          }
          it(each.title, async () => {
            const failure = await run!(index, context);
            if (failure !== null) {
              throw new Error(failure);
            }
          });
        }
      });
    }
  });
}
