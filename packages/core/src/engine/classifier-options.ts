import type { ChannelChoice, TrackChoice } from '../audio/audio-source.js';
import {
  ANY,
  FLAG,
  FUNCTION,
  numberFrom,
  OBJECT,
  type OptionCheck,
  oneOf,
  SIGNAL,
  TEXT,
} from '../check-options.js';
import type { RuntimeChoice } from '../model/session/runtime-choice.js';
import type { Head } from '../types.js';
import { QUEUE_POLICIES, type QueuePolicy } from './job-queue.js';
import type { TimelineSettings } from './protocol.js';

/** Which model and head to open, how many workers, and which decoder. */
export interface ClassifierOptions {
  /** Id or folder of the embedding model; otherwise the one that `head` was trained on, or the embedded default. */
  readonly model?: string;
  /** A head, or the id or file of one; the model's own default head otherwise. */
  readonly head?: string | Head;
  /** Worker processes at most. Default: one per core. They start when there is work. */
  readonly workers?: number;
  /** Start them all at once, for a caller that has work for each. Default false. */
  readonly startAllWorkers?: boolean;
  /** Threads per worker within one inference. Default 1. */
  readonly threads?: number;
  /**
   * What computes: the native library, or the same compiled to WebAssembly, which runs everywhere and slower.
   * Default `auto`: what the environment variable ECAPA_RUNTIME names, else native where it loads. `model.runtime`
   * reports which it is, and why.
   */
  readonly runtime?: RuntimeChoice;
  /** A system ffmpeg to decode with instead of the built-in decoder. */
  readonly ffmpegPath?: string;
  /** Jobs that may wait for a worker before `queuePolicy` applies. Default 1000. */
  readonly queueLimit?: number;
  /** Bytes that waiting jobs may hold in memory before `queuePolicy` applies. Default: no limit. */
  readonly queueBytes?: number;
  /** Default `wait`. */
  readonly queuePolicy?: QueuePolicy;
  /** A worker silent for so long over a file is replaced. Default 120. */
  readonly stallSeconds?: number;
}

/** What every job takes: an abort signal, a listener of progress (seconds done, seconds in all). */
export interface JobOptions {
  readonly signal?: AbortSignal;
  /** What messages call the input; the path when there is one. */
  readonly name?: string;
  /** Which channel is heard. Default `mix`, the average. For each by itself: `classifyChannels`, `timelineChannels`. */
  readonly channel?: ChannelChoice;
  /** Which audio track of a file with several, by number from 1 or by language. Default: the file's best. */
  readonly track?: TrackChoice;
  /** No more of the audio is heard; an endless stream ends there. Default: all of it. */
  readonly limitSeconds?: number;
  /** A worker gives so long to the job at most; then it rejects with `TIMED_OUT`. Default: as long as it takes. */
  readonly timeLimitSeconds?: number;
}

/** Options of one `embed` call. */
export interface EmbedJobOptions extends JobOptions {
  /** Also give the clip's loudest seconds, for mixing it with others. */
  readonly withExcerpt?: boolean;
}

/** Options of one `classify` call; recordings that are longer than a window are read as a timeline. */
export interface ClassifyJobOptions extends JobOptions, TimelineSettings {
  /** Audio handled so far, and the total when it is known. */
  readonly onProgress?: (doneSeconds: number, totalSeconds: number | undefined) => void;
  /** A head for this job alone. */
  readonly head?: Head;
  readonly withEmbedding?: boolean;
}

/** Options of one `timeline` call. */
export interface TimelineJobOptions extends JobOptions, TimelineSettings {
  readonly head?: Head;
}

/** Options that are checked elsewhere, by a plan of the timeline or where a channel is chosen, are `ANY`. */
export const OPEN_CHECKS = {
  model: TEXT,
  head: (name, value) => void (typeof value === 'string' || OBJECT(name, value)),
  workers: ANY,
  startAllWorkers: FLAG,
  threads: ANY,
  runtime: ANY,
  ffmpegPath: TEXT,
  queueLimit: numberFrom(0),
  queueBytes: numberFrom(0),
  queuePolicy: oneOf(...QUEUE_POLICIES),
  stallSeconds: numberFrom(0),
} satisfies Record<keyof ClassifierOptions, OptionCheck>;

export const JOB_CHECKS = {
  signal: SIGNAL,
  name: TEXT,
  channel: ANY,
  track: ANY,
  limitSeconds: numberFrom(0),
  timeLimitSeconds: numberFrom(0),
} satisfies Record<keyof JobOptions, OptionCheck>;

export const TIMELINE_CHECKS = {
  ...JOB_CHECKS,
  head: OBJECT,
  windowSeconds: ANY,
  hopSeconds: ANY,
  minSegmentSeconds: ANY,
  switchCost: ANY,
  lagSeconds: ANY,
  presenceThreshold: ANY,
  silence: ANY,
  startSeconds: ANY,
  stallSeconds: ANY,
  sketch: FLAG,
  windows: FLAG,
} satisfies Record<keyof TimelineJobOptions, OptionCheck>;

export const CLASSIFY_CHECKS = {
  ...TIMELINE_CHECKS,
  onProgress: FUNCTION,
  withEmbedding: FLAG,
} satisfies Record<keyof ClassifyJobOptions, OptionCheck>;

export const EMBED_CHECKS = { ...JOB_CHECKS, withExcerpt: FLAG } satisfies Record<
  keyof EmbedJobOptions,
  OptionCheck
>;

export const TIMELINE_FIELDS = [
  'windowSeconds',
  'hopSeconds',
  'minSegmentSeconds',
  'switchCost',
  'lagSeconds',
  'presenceThreshold',
  'silence',
  'startSeconds',
  'stallSeconds',
  'sketch',
  'windows',
] as const satisfies readonly (keyof TimelineSettings)[];
