/** Reference vectors, images and weights that live beside the project and are absent from a user's clone. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../shared/', import.meta.url));

/** The path of a file or folder in `../shared`. */
export function sharedPath(relative: string): string {
  return root + relative;
}

/**
 * `describe` for tests that need `../shared`; without it the group shows as one skipped test with the reason.
 * The body runs only when the named file is there.
 */
export function describeWithShared(title: string, relative: string, body: (path: string) => void): void {
  describe(title, () => {
    if (existsSync(sharedPath(relative))) {
      body(sharedPath(relative));
    } else {
      it.skip('skipped: no ../shared');
    }
  });
}
