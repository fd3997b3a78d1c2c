import type { EngineIdentity } from '../../../platform/engine/engine.js';
import type { DoneResult, FileStamp, SettledResult, Staleness } from './result.js';

/**
 * Why a verdict is out of date, the file first; undefined while it is not. What is not known now (`undefined`)
 * is taken to be as it was.
 */
export function stalenessOf(
  { stamp, identity }: Pick<DoneResult, 'stamp' | 'identity'>,
  now: { readonly stamp?: FileStamp | undefined; readonly identity?: EngineIdentity | undefined },
): Staleness | undefined {
  if (now.stamp !== undefined && !isSameStamp(stamp, now.stamp)) return 'file';
  if (now.identity === undefined) return undefined;
  if (identity.modelSha256 !== now.identity.modelSha256) return 'model';
  return identity.headSha256 === now.identity.headSha256 ? undefined : 'head';
}

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
  let staleness = stalenessOf(result, now);
  // Under the name of another head it would be forgotten that the file changed.
  if (before === 'file' && now.stamp === undefined) staleness = before;
  if (staleness === undefined && before !== 'file' && now.identity === undefined) staleness = before;
  if (staleness === before) return result;
  return staleness === undefined ? fresh : { ...fresh, staleness };
}

export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs;
}

export function isSameIdentity(a: EngineIdentity, b: EngineIdentity): boolean {
  return a.modelSha256 === b.modelSha256 && a.headSha256 === b.headSha256;
}
