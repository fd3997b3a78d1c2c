import type { TimelineSummary } from '@ecapa/core';
import type { EngineLease, FileStamp } from '@ecapa/core/host';
import type { PresenceTrack, TimelineSegment } from '@ecapa/core/timeline';
import * as vscode from 'vscode';
import { loadCore } from '../../platform/core.js';
import type { Engine } from '../../platform/engine/engine.js';
import { problemOfFile } from '../../platform/problem-text.js';
import { TimeLeft } from '../../platform/time-left.js';
import type { AnalysisStatus } from './messages.js';
import type { LocalRecording } from './recording.js';
import { type TimelineData, WindowBuffer, type WindowsOfTimeline } from './timeline-data.js';

/** What an analysis reports as it goes on. */
export interface AnalysisListener {
  onStatus(status: AnalysisStatus): void;
  /** The head's labels, and whether it knows what can be heard beside what it mostly is; comes first. */
  onLabels(labels: readonly string[], hasPresence: boolean): void;
  onSegment(segment: TimelineSegment): void;
  /** A segment that has not ended, as far as it goes; the next one, also by `onSegment`, takes its place. */
  onGrowing(segment: TimelineSegment): void;
  onTrack(track: PresenceTrack): void;
  onWindows(from: number, windows: WindowsOfTimeline): void;
}

/** Windows are reported together, this often: a message for each would be a hundred a second. */
const REPORT_MILLISECONDS = 150;

/**
 * Makes the timeline of a recording in a worker process. Resolves with it, or with undefined when it was
 * cancelled or failed, which `onStatus` says. Never rejects.
 */
export async function analyse(
  recording: LocalRecording,
  stamp: FileStamp,
  engine: Engine,
  signal: AbortSignal,
  listener: AnalysisListener,
): Promise<TimelineData | undefined> {
  listener.onStatus({ state: 'starting' });
  let lease: EngineLease | undefined;
  try {
    lease = await engine.lease();
    if (signal.aborted) {
      listener.onStatus({ state: 'cancelled' });
      return undefined;
    }
    return await run(recording, stamp, lease, signal, listener);
  } catch (error) {
    listener.onStatus(await statusOf(error, signal));
    return undefined;
  } finally {
    lease?.release();
  }
}

async function run(
  recording: LocalRecording,
  stamp: FileStamp,
  { classifier, head, identity }: EngineLease,
  signal: AbortSignal,
  listener: AnalysisListener,
): Promise<TimelineData> {
  listener.onLabels(head.labels, head.presence !== undefined);
  const timeLeft = new TimeLeft(performance.now() / 1000);
  const segments: TimelineSegment[] = [];
  const tracks: PresenceTrack[] = [];
  const windows = new WindowBuffer(head.labels.length);
  let reported = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  const reportWindows = (): void => {
    if (windows.count === reported) return;
    listener.onWindows(reported, windows.from(reported));
    reported = windows.count;
    reportedAt = performance.now();
  };
  const options = { head, signal, name: recording.name, sketch: true, windows: true };
  let summary: TimelineSummary | undefined;
  for await (const event of classifier.timeline(recording.path, options)) {
    switch (event.type) {
      case 'segment':
        segments.push(event.segment);
        listener.onSegment(event.segment);
        break;
      case 'track':
        tracks.push(event.track);
        listener.onTrack(event.track);
        break;
      case 'windows':
        windows.add(event.windows);
        if (performance.now() - reportedAt >= REPORT_MILLISECONDS) reportWindows();
        break;
      case 'progress': {
        const { doneSeconds, totalSeconds } = event.progress;
        if (event.growing !== undefined) listener.onGrowing(event.growing);
        const secondsLeft =
          totalSeconds && timeLeft.after(doneSeconds, totalSeconds, performance.now() / 1000);
        listener.onStatus({
          state: 'running',
          doneSeconds,
          ...(totalSeconds === undefined ? {} : { totalSeconds }),
          ...(secondsLeft === undefined ? {} : { secondsLeft }),
        });
        break;
      }
      case 'summary':
        summary = event.summary;
        break;
      case 'stall': // only live sources do
        break;
    }
  }
  reportWindows();
  if (summary?.sketch === undefined) throw new TypeError('the timeline ended without a sketch');
  const { tracksByLabel } = await loadCore();
  return {
    stamp,
    identity,
    labels: head.labels,
    durationSeconds: summary.durationSeconds,
    isPartial: summary.partial,
    segments,
    ...(head.presence === undefined ? {} : { tracks: tracksByLabel(head.labels, tracks) }),
    windows: windows.from(0),
    sketch: summary.sketch,
  };
}

/** What is shown of an error. */
export async function statusOf(error: unknown, signal: AbortSignal): Promise<AnalysisStatus> {
  const { isEcapaError } = await loadCore();
  if (signal.aborted || (isEcapaError(error) && error.code === 'CANCELLED')) return { state: 'cancelled' };
  if (isEcapaError(error))
    return { state: 'failed', code: error.code, message: problemOfFile(error), reason: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return {
    state: 'failed',
    code: 'INTERNAL',
    message: vscode.l10n.t('Something went wrong in the extension: {0}. The log says more.', reason),
  };
}
