import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findAsset } from '../assets.js';
import { EcapaError } from '../errors.js';

/** Names under which the worker's entry lies beside this file: built, from sources. */
const NAMES = ['worker.js', 'worker.ts'];

/** Its name in packages that bundle core. */
const BUNDLED = 'ecapa-worker.cjs';

/** The script that worker processes run. Throws `RUNTIME_UNAVAILABLE` when the installation lacks it. */
export function workerPath(): string {
  const directory = dirname(fileURLToPath(import.meta.url));
  const bundled = findAsset(BUNDLED);
  if (bundled !== undefined) return bundled;
  for (const name of NAMES) {
    const path = join(directory, name);
    if (existsSync(path)) return path;
  }
  throw new EcapaError(
    'RUNTIME_UNAVAILABLE',
    `The worker program is missing beside ${directory}. Reinstall the package; a program that was bundled into one file names the package's folder with setPackageDirectory or ECAPA_PACKAGE_DIR.`,
  );
}
