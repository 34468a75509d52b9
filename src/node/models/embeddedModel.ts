import { join } from 'node:path';
import { packageRoot } from '../packageRoot.js';

/** The folder of a model that comes with this package, `models/<name>` at the package's root. */
export function embeddedModelFolder(name: string): string {
  return join(packageRoot(), 'models', name);
}
