import { EcapaError } from '../errors.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { TimelineBlock } from '../timeline/timeline.js';

/** The blocks that were taken out first, and then the rest. */
export async function* prepended(
  first: readonly TimelineBlock[],
  rest: AsyncIterable<TimelineBlock>,
): AsyncGenerator<TimelineBlock> {
  yield* first;
  yield* rest;
}

/** The audio as one array if it ends within `seconds`, without its gaps; else what came until that was clear. */
export async function readUpTo(
  blocks: AsyncIterator<TimelineBlock>,
  seconds: number,
  signal: AbortSignal,
): Promise<{ parts: TimelineBlock[]; samples: Float32Array; isWhole: boolean }> {
  const parts: TimelineBlock[] = [];
  let length = 0;
  while (length <= seconds * SAMPLE_RATE_HZ) {
    const next = await blocks.next();
    if (signal.aborted) throw new EcapaError('CANCELLED', 'cancelled');
    if (next.done) return { parts, samples: concatenate(parts, length), isWhole: true };
    parts.push(next.value);
    if (next.value instanceof Float32Array) length += next.value.length;
  }
  return { parts, samples: concatenate(parts, length), isWhole: false };
}

function concatenate(parts: readonly TimelineBlock[], length: number): Float32Array {
  const whole = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    if (!(part instanceof Float32Array)) continue;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
