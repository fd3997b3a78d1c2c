import type * as Core from '../core-bundle.js';

let loaded: Promise<typeof Core> | undefined;

/**
 * Core, loaded on first use: activation must not pay for it. Elsewhere core is imported for its types alone.
 * Loaded once: a bundled `import()` makes all its names anew each time.
 */
export function loadCore(): Promise<typeof Core> {
  loaded ??= import('../core-bundle.js').catch((error: unknown) => {
    loaded = undefined; // what is put right later works then
    throw error;
  });
  return loaded;
}
