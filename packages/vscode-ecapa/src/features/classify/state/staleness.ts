import type { EngineIdentity } from '@ecapa/core/host';
import { type FileStamp, stalenessOf } from '@ecapa/core/host';
import type { SettledResult } from './result.js';

/**
 * The result as it stands now: the same object when nothing changed. A file that changed stays stale when only
 * the identity is looked at, and the other way round.
 */
export function refreshed(
  result: SettledResult,
  now: { readonly stamp?: FileStamp | undefined; readonly identity?: EngineIdentity | undefined },
): SettledResult {
  if (result.state === 'failed') return result;
  const { staleness: before, ...fresh } = result;
  const staleness = stalenessOf(result, now, before);
  if (staleness === before) return result;
  return staleness === undefined ? fresh : { ...fresh, staleness };
}
