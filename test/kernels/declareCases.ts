/** Conformance cases as tests: of this process, or running elsewhere, in a page or in another process. */
import { contextOf } from './conformance.js';
import type { ConformanceCase, ConformanceContext } from './conformance.js';
import type { RunName } from './conformanceRuns.js';
import { conformanceRuns } from './conformanceRuns.js';
import type { CaseReport } from './observation.js';
import { reportOn } from './observation.js';
import { recordCase } from './recorder.js';

/** Runs the case of that index over there. */
export type RunRemotely = (index: number, context: ConformanceContext) => Promise<CaseReport>;

export interface RemoteSide {
  /** what the backend runs on, in its own words */
  device: string;
  run: RunRemotely;
}

/**
 * Declares one test per case, grouped as in Node. A backend that did not start shows as skipped tests with the
 * reason; under CI it is a failure.
 *
 * @param cases all cases, which the other side knows by their index
 * @param start starts the other side
 * @param stop releases what `start` started, also if it failed half-way
 */
export function declareRemoteCases(
  title: string,
  run: RunName,
  cases: readonly ConformanceCase[],
  start: () => Promise<RemoteSide>,
  stop: () => Promise<void>,
): void {
  describe(title, () => {
    let remote: RemoteSide | null = null;
    before(async function () {
      try {
        remote = await start();
        console.log(`      ${run}: ${remote.device}`);
      } catch (error) {
        if (process.env.CI) {
          throw error;
        }
        console.log(`      skipped: ${error instanceof Error ? error.message : String(error)}`);
        this.skip();
      }
    });
    after(stop);
    declare(
      run,
      cases,
      (index) => remote!.run(index, contextOf(conformanceRuns[run].backend)),
      () => remote!.device,
    );
  });
}

/** Declares one test per case on the backend that is active when they run. */
export function declareCases(run: RunName, cases: readonly ConformanceCase[]): void {
  declare(
    run,
    cases,
    (index) => reportOn(() => cases[index].run(contextOf(conformanceRuns[run].backend))),
    () => `Node ${process.versions.node}`,
  );
}

function declare(
  run: RunName,
  cases: readonly ConformanceCase[],
  ask: (index: number) => Promise<CaseReport>,
  device: () => string,
): void {
  const chosen = cases
    .map((each, index) => ({ each, index, choice: conformanceRuns[run].choose(each) }))
    .filter(({ choice }) => choice !== false);
  for (const group of new Set(chosen.map(({ each }) => each.group))) {
    describe(group, () => {
      for (const { each, index, choice } of chosen.filter((one) => one.each.group === group)) {
        if (typeof choice === 'string') {
          it.skip(`${each.title} (skipped: ${choice})`);
          continue;
        }
        it(each.title, async () => {
          const report = await ask(index);
          if (report.failure !== null) {
            throw new Error(report.failure);
          }
          recordCase(run, each, report, device());
        });
      }
    });
  }
}
