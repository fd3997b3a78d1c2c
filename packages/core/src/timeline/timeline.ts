import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { Head, Progress } from '../types.js';
import { Analysis, type TimelineEmbedder } from './analysis.js';
import { BlockReader, throwIfCancelled } from './block-reader.js';
import type { OpenSpan } from './open-span.js';
import { checkStreamTimes, planTimeline, type TimelineOptions } from './options.js';
import type { PresenceTotals, PresenceTrack } from './presence-tracks.js';
import { type TimelineSegment, type TimelineTotals, TotalsAccumulator } from './segments.js';
import type { TimelineSketch } from './sketch.js';
import type { WindowProbabilities } from './window-probabilities.js';

/** Audio to look at: mono samples at 16 kHz, or a notice that audio is missing. */
export type TimelineBlock = Float32Array | { readonly gapSeconds: number; readonly isStart?: boolean };

/** Options of a timeline over a stream of blocks. */
export interface TimelineStreamOptions extends TimelineOptions {
  readonly signal?: AbortSignal | undefined;
  /** Time of the first sample, where an interrupted stream is taken up again. Default 0. */
  readonly startSeconds?: number | undefined;
  /** Length of the recording when it is known, for progress. */
  readonly totalSeconds?: number | undefined;
  /** Judge each window as soon as its audio is there, instead of several together. For live sources. */
  readonly live?: boolean | undefined;
  /** The same for a source that is live at times: true when it has nothing more to give for now. */
  readonly isDry?: (() => boolean) | undefined;
  /**
   * A source that sends nothing for so long is reported as stalled: what was heard becomes final. When it resumes,
   * the time without data is a `gap`. Default: wait without limit.
   */
  readonly stallSeconds?: number | undefined;
  /** Also gather what a picture needs. */
  readonly sketch?: boolean | undefined;
  /** Also report the probabilities of single windows, as they come. */
  readonly windows?: boolean | undefined;
}

/** What a timeline tells while it is made. */
export type TimelineHeardEvent =
  /** A segment is final. */
  | { readonly type: 'segment'; readonly segment: TimelineSegment }
  /** A stretch in which a label can be heard is final, overlapping others; from heads with a presence readout. */
  | { readonly type: 'track'; readonly track: PresenceTrack }
  /** Probabilities of the windows judged since the last such event, when asked for. */
  | { readonly type: 'windows'; readonly windows: WindowProbabilities }
  /** So much has been looked at. */
  | {
      readonly type: 'progress';
      readonly progress: Progress;
      /** What the latest audio sounds like; may still change. */
      readonly open?: OpenSpan;
      /** The segment that has begun but not ended, as far as its label is final. */
      readonly growing?: TimelineSegment;
      /** The tracks that have begun but not ended, as far as they are final. */
      readonly growingTracks: readonly PresenceTrack[];
      /** Segments and tracks that are to come, or are growing, change nothing before this time. */
      readonly finalSeconds: number;
    }
  /** A live source has sent nothing for `stallSeconds`. */
  | { readonly type: 'stall'; readonly atSeconds: number };

/** What a timeline of blocks reports: the same, and its end. */
export type TimelineBlocksEvent =
  | TimelineHeardEvent
  /** The end: sums over all segments. */
  | {
      readonly type: 'end';
      readonly totals: TimelineTotals & Partial<PresenceTotals>;
      readonly sketch?: TimelineSketch;
    };

/**
 * What is where in a recording or a stream: segments as soon as they are final, in constant memory.
 *
 * Recordings up to one window long are embedded whole, so that their verdict is the whole-clip one. When
 * the source fails, what was heard until then is reported first; then its error is thrown.
 *
 * @throws TypeError, RangeError naming a wrong option; EcapaError CANCELLED, NO_SAMPLES, TOO_SHORT,
 *   NON_FINITE_SAMPLES, HEAD_MODEL_MISMATCH, INFERENCE_FAILED, and whatever `blocks` throws
 */
export async function* timelineOfBlocks(
  embedder: TimelineEmbedder,
  head: Head,
  blocks: AsyncIterable<TimelineBlock>,
  options: TimelineStreamOptions = {},
): AsyncGenerator<TimelineBlocksEvent, void, undefined> {
  const plan = planTimeline(head.labels, options);
  checkStreamTimes(options);
  const analysis = new Analysis(embedder, head, plan, options);
  const reader = new BlockReader(blocks, options);
  const totals = new TotalsAccumulator();
  const report = function* (segments: readonly TimelineSegment[]): Generator<TimelineBlocksEvent> {
    for (const segment of segments) {
      totals.add(segment);
      yield { type: 'segment', segment };
    }
    for (const track of analysis.takeTracks()) yield { type: 'track', track };
    const windows = analysis.takeWindows();
    if (windows !== undefined) yield { type: 'windows', windows };
  };
  let hasStalled = false;
  try {
    for (;;) {
      const reading = await reader.next().catch((error: unknown) => ({ type: 'failure' as const, error }));
      if (reading.type === 'failure') {
        throwIfCancelled(options.signal);
        yield* report(await analysis.finish(true));
        throw reading.error;
      }
      if (reading.type === 'end') break;
      if (reading.type === 'stall') {
        hasStalled = true;
        yield* report(await analysis.gap(0));
        yield { type: 'stall', atSeconds: analysis.seconds };
        continue;
      }
      const { block } = reading;
      if (!(block instanceof Float32Array)) {
        yield* report(await analysis.gap(block.gapSeconds));
      } else {
        // The block's own duration does not count as waiting: a live source needs that long to record it.
        const away = Math.max(0, reading.waitedSeconds - block.length / SAMPLE_RATE_HZ);
        if (hasStalled) yield* report(await analysis.gap(away));
        yield* report(await analysis.push(block));
      }
      hasStalled = false;
      throwIfCancelled(options.signal);
      const { open, growing, growingTracks, finalSeconds } = analysis;
      const progress = {
        doneSeconds: analysis.heardSeconds,
        ...(options.totalSeconds === undefined ? {} : { totalSeconds: options.totalSeconds }),
      };
      yield {
        type: 'progress',
        progress,
        ...(open === undefined ? {} : { open }),
        ...(growing === undefined ? {} : { growing }),
        growingTracks,
        finalSeconds,
      };
    }
    yield* report(await analysis.finish(false));
    const sketch = analysis.sketch();
    const end = { ...totals.totals(), ...analysis.presenceTotals() };
    yield { type: 'end', totals: end, ...(sketch === undefined ? {} : { sketch }) };
  } finally {
    await reader.close();
  }
}
