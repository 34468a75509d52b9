/** Mocha's spec reporter, followed by one plain line that any script can read: `N passed, N failed, N skipped`. */
import Mocha = require('mocha');

class SummaryReporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
}

export = SummaryReporter;
