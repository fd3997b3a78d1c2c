import type * as OnDemand from '../on-demand.js';

/** Parts of the extension that activation must not pay for. */
export function loadOnDemand(): Promise<typeof OnDemand> {
  return import('../on-demand.js');
}
