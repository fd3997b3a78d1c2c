import type { CutFile, CutMode, ErrorData, TimelineSegment } from '@ecapa/core';

// What the extension and its audio process say to each other. The process lives for one task.

/** A recording on disk; `name` is what messages call it. */
interface Recording {
  readonly path: string;
  readonly name: string;
  readonly ffmpegPath?: string;
}

export type AudioTask =
  /** Writes peaks and spectrogram of all levels into `0.peaks`, `0.spectrum`… of an existing folder, as they come. */
  | (Recording & { readonly kind: 'peaks'; readonly directory: string })
  /** Writes WAV files that a browser can play into an existing folder, one for each part. */
  | (Recording & { readonly kind: 'playback'; readonly directory: string })
  /** Writes the parts that a label covers; all of them or none. */
  | (Recording & {
      readonly kind: 'cut';
      readonly mode: CutMode;
      readonly label: string;
      readonly segments: readonly TimelineSegment[];
      /** `cut`: an existing folder; otherwise the file to write. */
      readonly output: string;
      readonly baseName: string;
    });

/** What each task gives. */
export interface AudioTaskResults {
  readonly peaks: { readonly durationSeconds: number; readonly partial: boolean };
  readonly playback: { readonly durationSeconds: number };
  readonly cut: readonly CutFile[];
}

export type ToAudioProcess = { readonly type: 'run'; readonly task: AudioTask } | { readonly type: 'cancel' };

export type FromAudioProcess =
  | { readonly type: 'progress'; readonly doneSeconds: number; readonly totalSeconds?: number }
  | { readonly type: 'done'; readonly value: AudioTaskResults[AudioTask['kind']] }
  | { readonly type: 'failed'; readonly error: ErrorData };
