import type { ChannelChoice, TrackChoice } from '../audio/audio-source.js';
import type { ErrorData } from '../errors.js';
import type { RuntimeChoice } from '../model/session/runtime-choice.js';
import type { RuntimeInfo } from '../model/session/session.js';
import type { TimelineOptions } from '../timeline/options.js';
import type { JobKind, Jobs } from './job-map.js';

/** Interleaved PCM: floats nominally in [-1, 1], or 16-bit integers. */
export type PcmSamples = Float32Array | Int16Array;

/** What a source that is sent to the worker consists of: PCM, or the bytes of a file as they come. */
export type SourcePiece = PcmSamples | Uint8Array;

/** Where a job's audio comes from, as the worker sees it. */
export type JobSource =
  /** A file the worker decodes. */
  | (SourceChoice & { readonly kind: 'file'; readonly path: string })
  /** The bytes of a file, in `piece` messages: decoded as they come where the format allows it. */
  | (SourceChoice & {
      readonly kind: 'bytes';
      /** The longest temporary copy, where the format does not. */
      readonly copyLimitBytes?: number | undefined;
    })
  /** Interleaved PCM that arrives in `piece` messages. */
  | (SourceChoice & {
      readonly kind: 'pcm';
      readonly sampleRate: number;
      readonly channels: number;
      /** Produced in real time: each window is judged as soon as it is there. */
      readonly live: boolean;
    });

/** What messages call a source, and what of it is heard. */
interface SourceChoice {
  readonly name: string;
  readonly channel?: ChannelChoice | undefined;
  readonly track?: TrackChoice | undefined;
  /** No more of it is heard. */
  readonly limitSeconds?: number | undefined;
}

/** How a timeline is to be made; plain data. */
export interface TimelineSettings extends TimelineOptions {
  /** Time of the first sample, where an interrupted stream is taken up again. Default 0. */
  readonly startSeconds?: number;
  /** A live source that sends nothing for so long is reported as stalled. Default: wait without limit. */
  readonly stallSeconds?: number;
  /** Also gather what a picture of the timeline needs. */
  readonly sketch?: boolean;
  /** Also report the probabilities of single windows, as they come. */
  readonly windows?: boolean;
}

export interface WorkerSettings {
  readonly modelDirectory: string;
  readonly threads: number;
  readonly runtime: RuntimeChoice;
  /** How the native library took an earlier worker down; then it is not loaded again. */
  readonly nativeCrash?: string;
  /** A system ffmpeg to decode with instead of the built-in decoder. */
  readonly ffmpegPath?: string;
}

/** Starts a job. `name` is what messages call it. */
export interface JobMessage<Kind extends JobKind = JobKind> {
  readonly type: 'job';
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  readonly input: Jobs[Kind]['input'];
}

export type ToWorker =
  /** A model will be opened: load what every model needs. */
  | { readonly type: 'prepare' }
  | { readonly type: 'open'; readonly settings: WorkerSettings }
  | JobMessage
  | { readonly type: 'piece'; readonly id: number; readonly piece: SourcePiece }
  | { readonly type: 'sourceEnd'; readonly id: number }
  /** The source broke off: what came until then is still to be reported. Its error stays with the host. */
  | { readonly type: 'sourceFailed'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number };

export type FromWorker =
  | { readonly type: 'ready'; readonly model: ModelSummary }
  | { readonly type: 'openFailed'; readonly error: ErrorData }
  /** The worker can take `count` more `piece` messages of this job. */
  | { readonly type: 'credit'; readonly id: number; readonly count: number }
  /** What the job reports on the way. */
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorData };

/** What the host may know of the model without loading it. */
export interface ModelSummary {
  readonly id: string;
  readonly dimension: number;
  readonly sha256: string;
  /** What computes it, and why. */
  readonly runtime: RuntimeInfo;
}
