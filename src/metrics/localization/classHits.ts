import type { BootstrapOptions, Interval } from '../bootstrap.js';
import { bootstrapInterval } from '../bootstrap.js';
import { checkClasses, checkLabels } from '../checkScores.js';

/** Parts of tests that succeeded; NaN where there were none. */
export interface HitSummary {
  /** mean over the classes that were tested */
  mean: number;
  /** of all tests, whatever their class */
  overall: number;
  /** of each class; NaN for one that was not tested */
  classes: number[];
  count: number;
}

/** Remembers class and outcome of each test. */
export abstract class ClassHits {
  private labels: number[] = [];
  private hits: boolean[] = [];

  constructor(
    readonly classes: number,
    protected readonly owner: string,
  ) {
    checkClasses(classes, owner);
  }

  protected checkLabel(label: number): void {
    checkLabels([label], 1, this.classes, this.owner);
  }

  protected take(label: number, hit: boolean): boolean {
    this.labels.push(label);
    this.hits.push(hit);
    return hit;
  }

  private measure(members: ArrayLike<number>): HitSummary {
    const totals = new Float64Array(this.classes);
    const hits = new Float64Array(this.classes);
    for (let i = 0; i < members.length; i++) {
      totals[this.labels[members[i]]]++;
      hits[this.labels[members[i]]] += this.hits[members[i]] ? 1 : 0;
    }
    const classes = Array.from(totals, (total, c) => hits[c] / total);
    const tested = classes.filter((_, c) => totals[c] > 0);
    return {
      mean: tested.reduce((sum, part) => sum + part, 0) / tested.length,
      overall: hits.reduce((sum, n) => sum + n, 0) / members.length,
      classes,
      count: members.length,
    };
  }

  summary(): HitSummary {
    return this.measure(this.labels.map((_, i) => i));
  }

  /** A bootstrap interval over the tests, of the mean over classes or of all tests; see `bootstrapInterval`. */
  interval(options: BootstrapOptions & { of?: 'mean' | 'overall' } = {}): Interval {
    const { of = 'mean', ...rest } = options;
    return bootstrapInterval(this.labels.length, (members) => this.measure(members)[of], rest);
  }

  reset(): void {
    this.labels = [];
    this.hits = [];
  }
}
