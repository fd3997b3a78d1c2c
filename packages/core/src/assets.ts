import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Environment variable that names the folder of embedded models, for packagers. */
export const MODELS_DIRECTORY_VARIABLE = 'ECAPA_MODELS_DIR';

/** Environment variable that names the folder of the installed package `ecapa`, for programs that bundle it. */
export const PACKAGE_DIRECTORY_VARIABLE = 'ECAPA_PACKAGE_DIR';

let packageDirectory: string | undefined;

/**
 * Names the folder of the installed package (`node_modules/ecapa`, or a copy of it): for programs that were bundled into
 * one file, where the worker program, the decoder and the models no longer lie beside this code. Call it before anything
 * is opened; the environment variable ECAPA_PACKAGE_DIR does the same. Throws RangeError when the folder holds no worker.
 */
export function setPackageDirectory(directory: string): void {
  const folder = resolve(directory);
  if (!existsSync(join(folder, 'dist', 'ecapa-worker.cjs'))) {
    throw new RangeError(
      `directory: ${folder} holds no dist/ecapa-worker.cjs; name the folder of the package "ecapa"`,
    );
  }
  packageDirectory = folder;
}

/** A file of the package where its folder was named. */
function inNamedPackage(name: string): string | undefined {
  const folder = packageDirectory ?? process.env[PACKAGE_DIRECTORY_VARIABLE];
  if (!folder) return undefined;
  return [join(folder, 'dist', name), join(folder, name)].find((path) => existsSync(path));
}

/**
 * The nearest `name` in the package folder that was named, beside this file or above it.
 *
 * Core runs from its sources, from `dist`, and bundled inside other packages, each time with another
 * number of folders between this file and the files it ships with; walking up fits all of them.
 */
export function findAsset(name: string, from: string = fileURLToPath(import.meta.url)): string | undefined {
  const named = inNamedPackage(name);
  if (named !== undefined) return named;
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
