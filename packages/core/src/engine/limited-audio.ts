import type { DecodedGap } from '../audio/decode.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { JobAudio } from './job-audio.js';

/**
 * The first so many seconds of a job's audio, from where it begins on its file's clock. What follows is not missing: the
 * summary is not `partial`.
 */
export function limitedAudio(audio: JobAudio, limitSeconds: number): JobAudio {
  let isCut = false;
  const blocks = async function* (): AsyncGenerator<Float32Array | DecodedGap> {
    let left = Math.round(limitSeconds * SAMPLE_RATE_HZ);
    for await (const block of audio.blocks) {
      if (block instanceof Float32Array) {
        yield block.subarray(0, left);
        left -= block.length;
      } else {
        yield block.isStart ? block : { gapSeconds: Math.min(block.gapSeconds, left / SAMPLE_RATE_HZ) };
        if (!block.isStart) left -= Math.round(block.gapSeconds * SAMPLE_RATE_HZ);
      }
      if (left > 0) continue;
      isCut = true;
      return;
    }
  };
  const { expectedSeconds } = audio;
  return {
    ...audio,
    expectedSeconds: expectedSeconds === undefined ? undefined : Math.min(expectedSeconds, limitSeconds),
    blocks: blocks(),
    summary: () => (isCut ? { partial: false } : audio.summary()),
  };
}
