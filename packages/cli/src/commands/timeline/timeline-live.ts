import type { Classifier } from '@ecapa/core';
import { fileOutcome } from '@ecapa/core/host';
import { createLiveWriter, isLiveFormat, type LiveFormat, type TimelineOptions } from '@ecapa/core/timeline';
import { endedBy, isStream, nameOf, type StreamOptions, streamOf } from '../../inputs.js';
import { type AudioOptions, audioChoice } from '../../model-options.js';
import { print } from '../../terminal/output.js';
import { printError } from './timeline-output.js';
import type { TimelineUsage } from './timeline-usage.js';

/** After Ctrl-C the last seconds are still judged and printed, and may take so long on a slow machine. */
export const LIVE_GRACE_MILLISECONDS = 10_000;

/** The format in which one stream's timeline is printed while it comes; undefined where all of it is waited for. */
export function liveFormat(
  names: readonly string[],
  { format, output, channel }: TimelineUsage,
): LiveFormat | undefined {
  const [name, ...others] = names;
  const isAlone = name !== undefined && others.length === 0 && isStream(name);
  if (!isAlone || output !== undefined || channel === 'each') return undefined;
  return isLiveFormat(format) ? format : undefined;
}

export interface LiveRequest {
  readonly format: LiveFormat;
  readonly timeline: TimelineOptions;
  readonly audio: AudioOptions;
  readonly stream: StreamOptions;
  /** Segments alone. */
  readonly isDominant: boolean;
  /** Ends the stream: what was heard until then becomes final and is printed. */
  readonly signal: AbortSignal;
}

/**
 * Prints the timeline of a stream while it comes, each line as soon as it is final. One that breaks off has its lines
 * printed first, then its error.
 *
 * @returns false when it could not be read, or not to its end
 * @throws what concerns more than this stream
 */
export async function printLiveTimeline(
  classifier: Classifier,
  file: string,
  { format, timeline, audio, stream, isDominant, signal }: LiveRequest,
): Promise<boolean> {
  const { head, model } = classifier;
  const name = nameOf(file);
  const writer = createLiveWriter(format, {
    file: name,
    labels: head.labels,
    model: model.id,
    head: head.id,
    hasTracks: !isDominant && head.presence !== undefined,
  });
  const choice = audioChoice({ ...audio, ...stream });
  let hasBegun = false;
  const write = async (text: string): Promise<void> => {
    if (text === '') return;
    await print(hasBegun ? text : `${writer.begin()}${text}`);
    hasBegun = true;
  };
  const source = streamOf(file, signal, stream);
  const input = { ...source, bytes: endedBy(signal, source.bytes) };
  const outcome = await fileOutcome(file, async () => {
    try {
      for await (const event of classifier.timeline(input, { ...timeline, ...choice, name })) {
        if (event.type === 'segment' || event.type === 'track' || event.type === 'progress')
          await write(writer.add(event));
      }
    } finally {
      await write(writer.end());
    }
  });
  if (!('error' in outcome) || signal.aborted) return true;
  await printError(file, outcome.error, format);
  return false;
}
