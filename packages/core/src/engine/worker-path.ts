import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EcapaError } from '../errors.js';

/** Names under which the worker's entry lies beside this file: built, in a bundle, from sources. */
const NAMES = ['worker.js', 'ecapa-worker.cjs', 'worker.ts'];

/** The script that worker processes run. Throws `RUNTIME_UNAVAILABLE` when the installation lacks it. */
export function workerPath(): string {
  const directory = dirname(fileURLToPath(import.meta.url));
  for (const name of NAMES) {
    const path = join(directory, name);
    if (existsSync(path)) return path;
  }
  throw new EcapaError(
    'RUNTIME_UNAVAILABLE',
    `The worker program is missing beside ${directory}. Reinstall the package.`,
  );
}
