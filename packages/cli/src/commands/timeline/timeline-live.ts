import type { Classifier } from '@ecapa/core';
import { fileOutcome } from '@ecapa/core/host';
import { createLiveWriter, isLiveFormat, type LiveFormat, type TimelineOptions } from '@ecapa/core/timeline';
import { nameOf } from '../../inputs.js';
import { type AudioOptions, audioChoice } from '../../model-options.js';
import { isStream, type StreamRequest, streamOf } from '../../streams.js';
import { print } from '../../terminal/output.js';
import { printError } from './timeline-output.js';
import type { TimelineUsage } from './timeline-usage.js';

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
  /** What `ended` ends becomes final as far as it was heard, and is printed. */
  readonly stream: StreamRequest;
  /** Segments alone. */
  readonly isDominant: boolean;
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
  const input = streamOf(file, signal, stream);
  await print(writer.begin()); // who reads a table waits for its heading
  const outcome = await fileOutcome(file, async () => {
    try {
      for await (const event of classifier.timeline(input, { ...timeline, ...choice, name, signal })) {
        if (event.type === 'segment' || event.type === 'track' || event.type === 'progress')
          await print(writer.add(event));
      }
    } finally {
      await print(writer.end());
    }
  });
  if (!('error' in outcome)) return true;
  await printError(file, outcome.error, format);
  return false;
}
