import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Environment variable that names the folder of embedded models, for packagers. */
export const MODELS_DIRECTORY_VARIABLE = 'ECAPA_MODELS_DIR';

/**
 * The nearest `name` beside this file or above it.
 *
 * Core runs from its sources, from `dist`, and bundled inside other packages, each time with another
 * number of folders between this file and the files it ships with; walking up fits all of them.
 */
export function findAsset(name: string, from: string = fileURLToPath(import.meta.url)): string | undefined {
  for (let directory = dirname(from); ; directory = dirname(directory)) {
    const candidate = join(directory, name);
    if (existsSync(candidate)) return candidate;
    if (dirname(directory) === directory) return undefined;
  }
}

/** The folder with `manifest.json` and the embedded models, or undefined when this copy ships none. */
export function modelsDirectory(): string | undefined {
  const named = process.env[MODELS_DIRECTORY_VARIABLE];
  if (named) return named;
  const manifest = findAsset(join('models', 'manifest.json'));
  return manifest === undefined ? undefined : dirname(manifest);
}
