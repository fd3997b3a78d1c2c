import type { EngineIdentity } from '@ecapa/core/host';
import type { DoneResult, Result } from '../src/features/classify/state/result.js';

export const IDENTITY: EngineIdentity = { modelId: 'm', modelSha256: 'a', headId: 'h', headSha256: 'b' };
export const STAMP = { sizeBytes: 10, modifiedMs: 1000 };

export function done(uri: string, label = 'speech', probability = 0.9, durationSeconds = 3): DoneResult {
  const rest = 1 - probability;
  return {
    uri,
    state: 'done',
    verdict: {
      label,
      probability,
      probabilities: { music: 0, noise: 0, speech: rest, [label]: probability },
      durationSeconds,
      model: 'm',
      head: 'h',
      method: 'clip',
      partial: false,
    },
    stamp: STAMP,
    identity: IDENTITY,
  };
}

export function failed(uri: string): Result {
  return { uri, state: 'failed', error: { code: 'NOT_AUDIO', message: `${uri}: not audio, "really".` } };
}
