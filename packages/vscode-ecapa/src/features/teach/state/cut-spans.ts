import { runJob } from '../../../platform/run-job.js';
import type { ClipSpan } from './class-list.js';

export interface CutSpansOptions {
  /** An existing folder for the files. */
  readonly folder: string;
  readonly ffmpegPath: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Cuts spans out of a recording into WAV files, and gives their paths in the order of the spans. A span beyond the
 * recording's end has no file, and no path. Throws as `runJob`.
 */
export function cutSpans(
  file: string,
  spans: readonly ClipSpan[],
  { folder, ffmpegPath, signal }: CutSpansOptions,
): Promise<readonly (string | undefined)[]> {
  const input = { path: file, name: file, spans, folder, ...(ffmpegPath !== undefined && { ffmpegPath }) };
  return runJob('cutSpans', input, { name: file, signal });
}
