import type { AudioInfo } from '../audio/audio-source.js';
import type { Head, Progress } from '../types.js';
import type { JobSource, TimelineSettings } from './protocol.js';
import type { ClassifyResult, EmbedResult, TimelineEvent, TimelineSummary } from './results.js';

/** How far a job on audio is. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly progress: Progress;
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
  /** What a file's headers say. */
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
}

export type JobKind = keyof Jobs;
/** Jobs of an engine's workers, which have a model. */
export type EngineJobKind = JobKind;

/** A job as it goes on: what it reports, then what it gives. Ending the iteration early cancels it. */
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
