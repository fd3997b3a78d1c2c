import { EcapaError } from '../errors.js';
import { createCentring } from '../model/conditioning.js';
import { every } from '../throttle.js';
import { type TimelineBlock, timelineOfBlocks } from '../timeline/timeline.js';
import type { JobAudio } from './job-audio.js';
import { prepended } from './job-blocks.js';
import type { JobContext } from './job-context.js';
import type { JobHead, JobRun } from './job-map.js';
import type { TimelineSettings } from './protocol.js';
import type { Stopwatch } from './stopwatch.js';

/** A recording's progress is reported so often; a live stream's with each block. */
const PROGRESS_MILLISECONDS = 100;

/** Yields segments and progress; returns the summary. */
export async function* timelineJob(
  audio: JobAudio,
  head: JobHead,
  blocks: AsyncIterable<TimelineBlock>,
  settings: TimelineSettings,
  context: JobContext,
  watch: Stopwatch,
): JobRun<'timeline'> {
  const { embedder, signal } = context;
  const totalSeconds = audio.expectedSeconds;
  const isDue = every(audio.live ? 0 : PROGRESS_MILLISECONDS);
  // The first block of a live source must be waited for where a stall is noticed.
  const { startSeconds, rest } = audio.live ? { startSeconds: 0, rest: blocks } : await takeStart(blocks);
  const options = {
    ...settings,
    startSeconds: (settings.startSeconds ?? 0) + startSeconds,
    signal,
    totalSeconds,
    live: audio.live,
    isDry: audio.isDry,
  };
  const heard = embedder.model.conditioned ? centred(rest) : rest;
  for await (const event of timelineOfBlocks(embedder, head, timed(heard, watch), options)) {
    if (event.type === 'end') {
      watch.mark('inference');
      return {
        ...event.totals,
        model: embedder.model.id,
        head: head.id,
        ...audio.summary(),
        timings: watch.timings(),
        ...(event.sketch === undefined ? {} : { sketch: event.sketch }),
      };
    }
    if (event.type !== 'progress' || isDue() || audio.isDry?.()) yield event;
  }
  throw new EcapaError('INFERENCE_FAILED', `${audio.name}: the timeline ended without a summary.`, {
    file: audio.name,
  });
}

/** Where the audio begins by its file's clock, and what comes from there on. */
async function takeStart(
  blocks: AsyncIterable<TimelineBlock>,
): Promise<{ startSeconds: number; rest: AsyncIterable<TimelineBlock> }> {
  const iterator = blocks[Symbol.asyncIterator]();
  const rest = { [Symbol.asyncIterator]: () => iterator };
  const first = await iterator.next();
  if (first.done) return { startSeconds: 0, rest };
  const { value } = first;
  if (!(value instanceof Float32Array) && value.isStart) return { startSeconds: value.gapSeconds, rest };
  return { startSeconds: 0, rest: prepended([value], rest) };
}

/** The same blocks without a constant offset. */
async function* centred(blocks: AsyncIterable<TimelineBlock>): AsyncGenerator<TimelineBlock> {
  const centre = createCentring();
  for await (const block of blocks) yield block instanceof Float32Array ? centre(block) : block;
}

/** The same blocks; time spent waiting for them is the decoder's, the rest inference. */
async function* timed(blocks: AsyncIterable<TimelineBlock>, watch: Stopwatch): AsyncGenerator<TimelineBlock> {
  watch.mark('inference');
  for await (const block of blocks) {
    watch.mark('decode');
    yield block;
    watch.mark('inference');
  }
  watch.mark('decode');
}
