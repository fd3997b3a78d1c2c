import { FrameHistory } from './frame-history.js';
import { FrameStream, MEL_BANDS } from './frame-stream.js';
import {
  EachWindow,
  type FrameEmbedder,
  type RunFrames,
  SharedTrunk,
  type WindowEmbeddings,
} from './window-embeddings.js';
import type { WindowPlan } from './windows.js';

/** What an analysis knows of a stretch of audio without a gap. */
export interface AnalysisRun {
  readonly stream: FrameStream;
  readonly frames: RunFrames;
  readonly windows: WindowEmbeddings;
  /** The run's samples for as long as it may turn out to be no longer than a window. */
  clip: Float32Array[];
  nextWindow: number;
}

/** What computes the frames and windows of runs. */
export interface RunEmbedder extends FrameEmbedder {
  /** Log-mel frames, (1 + floor(samples / 160)) x 80, row-major, dB, before floor and normalisation. */
  logMel(samples: Float32Array): Promise<{ readonly values: Float32Array }>;
}

/**
 * A run of which nothing has been heard yet. Windows share a trunk where the model allows it and nobody waits for the verdict on
 * each: a live source's are judged as soon as their own audio is there.
 */
export function newAnalysisRun(
  embedder: RunEmbedder,
  plan: WindowPlan,
  isLive: boolean,
  activeShare: RunFrames['activeShare'],
): AnalysisRun {
  const frames = { plan, logMel: new FrameHistory(MEL_BANDS), activeShare };
  const { stretches } = embedder;
  return {
    stream: new FrameStream(async (samples) => (await embedder.logMel(samples)).values),
    frames,
    windows:
      stretches === undefined || isLive
        ? new EachWindow(embedder, frames)
        : new SharedTrunk(embedder, stretches, frames),
    clip: [],
    nextWindow: 0,
  };
}
