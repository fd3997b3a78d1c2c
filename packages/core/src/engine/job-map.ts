import type { AudioInfo } from '../audio/audio-source.js';
import type { PeaksRequest, PeaksSummary } from '../audio/peaks-file.js';
import type { PlaybackRequest, PlaybackSummary } from '../audio/playback-files.js';
import type { CutRequest, SpanCutRequest } from '../cutting/cut-file.js';
import type { CutFile } from '../cutting/cutter.js';
import type { Clip } from '../heads/clip.js';
import type { TeachingReport, TeachOptions } from '../heads/train/teach.js';
import type { ImportedModel, ImportSpeechbrainOptions } from '../interop/pytorch/speechbrain.js';
import type { ImportSklearnOptions } from '../interop/sklearn/sklearn.js';
import type { ModelInfo } from '../model/model-file.js';
import type { Manifest } from '../models/manifest.js';
import type { Head, ProgressEvent } from '../types.js';
import type { JobSource, TimelineSettings } from './protocol.js';
import type { ClassifyResult, EmbedResult, TimelineEvent, TimelineSummary } from './results.js';

/** How far a download is. */
export interface DownloadEvent {
  readonly type: 'download';
  readonly file: string;
  readonly receivedBytes: number;
  /** Absent until the server reports it. */
  readonly totalBytes?: number;
}

/** A head without its numbers. */
export interface HeadSummary {
  readonly id: string;
  readonly modelId: string;
  readonly labels: readonly string[];
}

interface Job<Input, Event, Result> {
  /** Plain data: it crosses to another process, as all of this. */
  readonly input: Input;
  /** What is reported on the way. */
  readonly event: Event;
  readonly result: Result;
}

/** A head that goes to a worker has no provenance: the clips it was trained on are of no use there. */
export type JobHead = Omit<Head, 'provenance'>;

/** All work that is done in another process, by kind: what it takes, what it reports on the way, what it gives. */
export interface Jobs {
  /** Information from a file's headers. */
  readonly probe: Job<{ readonly source: JobSource }, never, AudioInfo>;
  readonly embed: Job<{ readonly source: JobSource; readonly withExcerpt?: boolean }, never, EmbedResult>;
  readonly classify: Job<
    {
      readonly source: JobSource;
      readonly head: JobHead;
      readonly withEmbedding: boolean;
      readonly settings: TimelineSettings;
    },
    ProgressEvent,
    ClassifyResult
  >;
  readonly timeline: Job<
    { readonly source: JobSource; readonly head: JobHead; readonly settings: TimelineSettings },
    TimelineEvent,
    TimelineSummary
  >;
  /** Trains a head on clips with its test, and writes its file. */
  readonly train: Job<
    {
      readonly clips: readonly Clip[];
      readonly options: Omit<TeachOptions, 'signal'>;
      readonly output: string;
    },
    never,
    { readonly head: HeadSummary; readonly report: TeachingReport }
  >;
  /** Writes a head file with what a scikit-learn file holds. */
  readonly importSklearn: Job<
    { readonly file: string; readonly output: string; readonly options: ImportSklearnOptions },
    never,
    { readonly head: HeadSummary; readonly estimator: string; readonly modelIdAssumed: boolean }
  >;
  /** Writes a model directory with what a SpeechBrain checkpoint holds. */
  readonly importSpeechbrain: Job<
    { readonly directory: string; readonly output: string; readonly options: ImportSpeechbrainOptions },
    never,
    ImportedModel
  >;
  /** Downloads a model and converts it. */
  readonly pull: Job<
    {
      readonly id: string;
      readonly mirror?: string | undefined;
      /** Another one than the embedded one. */
      readonly manifest?: Manifest | undefined;
    },
    DownloadEvent,
    { readonly directory: string; readonly info: ModelInfo }
  >;
  /** Writes the parts of a recording that a label covers; all of them or none. */
  readonly cut: Job<CutRequest, ProgressEvent, readonly CutFile[]>;
  /** Writes a file for each span of a recording, in their order; none for a span beyond its end. */
  readonly cutSpans: Job<SpanCutRequest, ProgressEvent, readonly (string | undefined)[]>;
  /** Writes the peaks and the spectrogram of all zoom levels. */
  readonly peaks: Job<PeaksRequest, ProgressEvent, PeaksSummary>;
  /** Writes WAV files that a browser can play, one for each part of a recording. */
  readonly playback: Job<PlaybackRequest, ProgressEvent, PlaybackSummary>;
}

export type JobKind = keyof Jobs;
/** Jobs of an engine's workers, which have a model. */
export type EngineJobKind = 'probe' | 'embed' | 'classify' | 'timeline';
/** Jobs that need no model: each has a process of its own, which ends with it. */
export type OwnProcessJobKind = Exclude<JobKind, EngineJobKind>;

/** A running job: its events, then its result. Ending the iteration early cancels it. */
export type JobRun<Kind extends JobKind> = AsyncGenerator<
  Jobs[Kind]['event'],
  Jobs[Kind]['result'],
  undefined
>;

/** Runs a job to its result; `onEvent` sees what it reports on the way. */
export async function resultOf<Event, Result>(
  run: AsyncGenerator<Event, Result, undefined>,
  onEvent: (event: Event) => void = () => undefined,
): Promise<Result> {
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value;
    onEvent(next.value);
  }
}

/** The run of a job that reports nothing on the way. */
// biome-ignore lint/correctness/useYield: it has nothing to yield.
export async function* withoutEvents<Result>(
  work: Promise<Result>,
): AsyncGenerator<never, Result, undefined> {
  return await work;
}
