import { WeldonError } from '../../errors.js';
import { importInstalled, packageFolder } from '../runtime/installedPackages.js';

/**
 * Imports packages that not everybody needs.
 *
 * @param packages name → the version to install
 * @param purpose what they are needed for, as it follows "needs … for"
 * @throws WeldonError with the line that installs them
 */
export async function optionalPackages(
  packages: Readonly<Record<string, string>>,
  purpose: string,
): Promise<unknown[]> {
  const names = Object.keys(packages);
  if (names.some((name) => packageFolder(name) === null)) {
    const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
    throw new WeldonError(
      `Expected ${names.join(' and ')} for ${purpose} to be installed: npm install ${wanted.join(' ')}`,
    );
  }
  return Promise.all(names.map((name) => importInstalled<unknown>(name)));
}
