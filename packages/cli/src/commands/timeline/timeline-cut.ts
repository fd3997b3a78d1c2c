import { decodeBlocks, type TrackChoice } from '@ecapa/core';
import { fileOutcome } from '@ecapa/core/host';
import { type CutMode, cutRecording, labelForFileName, type TimelineSegment } from '@ecapa/core/timeline';
import { warn, warnOf } from '../../terminal/failure.js';
import type { OutputPlace } from '../../terminal/output-place.js';

export interface LabelCut {
  readonly mode: CutMode;
  readonly label: string;
}

export interface CutRequest extends LabelCut {
  readonly place: OutputPlace;
  readonly ffmpegPath: string | undefined;
  readonly track: TrackChoice | undefined;
  readonly signal: AbortSignal;
}

/** How what is cut is called after the recording's own name. */
export function cutEnding({ mode, label }: LabelCut): string {
  const safeLabel = labelForFileName(label);
  return mode === 'cut' ? `.${safeLabel}` : `.${safeLabel}.wav`;
}

/**
 * Writes what `--cut`, `--keep` or `--mask` ask for, and prints on standard error what was written, or why it could
 * not be: a recording that cannot be cut does not stop those after it.
 *
 * @returns false when this recording could not be cut
 * @throws what ends every further recording the same way: a fatal EcapaError, and unexpected errors
 */
export async function cutLabel(
  file: string,
  segments: readonly TimelineSegment[],
  request: CutRequest,
): Promise<boolean> {
  const outcome = await fileOutcome(file, () => cutOne(file, segments, request));
  if ('error' in outcome) warnOf(outcome.error);
  return 'value' in outcome;
}

async function cutOne(
  file: string,
  segments: readonly TimelineSegment[],
  { mode, label, place, ffmpegPath, track, signal }: CutRequest,
): Promise<void> {
  const baseName = place.stemOf(file);
  const output = mode === 'cut' ? place.path : place.pathOf(file);
  const decoding = await decodeBlocks(file, { signal, ffmpegPath, track });
  try {
    const written = await cutRecording(decoding, segments, { mode, label, output, baseName, signal });
    if (written.length === 0) warn(`${file}: no ${label}, so nothing was written`);
    else
      warn(
        `${file}: wrote ${written.length === 1 ? written[0]?.path : `${written.length} files to ${place.path}`}`,
      );
  } finally {
    await decoding.close();
  }
}
