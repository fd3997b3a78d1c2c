import type * as Core from '@ecapa/core';

/** Core, loaded on first use: activation must not pay for it. Elsewhere core is imported for its types alone. */
export function loadCore(): Promise<typeof Core> {
  return import('@ecapa/core');
}
