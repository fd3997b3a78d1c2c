import { setMaxListeners } from 'node:events';
import { availableParallelism, tmpdir } from 'node:os';
import type { AudioInfo, ChannelChoice, TrackChoice } from '../audio/audio-source.js';
import { channelIndex, checkTrack } from '../audio/channel-choice.js';
import {
  ANY,
  checkOptions,
  FLAG,
  FUNCTION,
  numberFrom,
  OBJECT,
  type OptionCheck,
  oneOf,
  SIGNAL,
  TEXT,
} from '../check-options.js';
import { EcapaError } from '../errors.js';
import { loadHead } from '../heads/file/head-file.js';
import { checkModel } from '../heads/predict.js';
import { type RuntimeChoice, runtimeChoice } from '../model/session/runtime-choice.js';
import { locateHead, locateHeadOfModel, locateModel } from '../models/locate.js';
import { removeLeftBehind } from '../temporary-paths.js';
import { checkStreamTimes, planTimeline } from '../timeline/options.js';
import type { Head } from '../types.js';
import { type AudioInput, choosing, type InputPlan, keptInput, planCopiedInput, planInput } from './input.js';
import { type EngineJobKind, type JobRun, type Jobs, resultOf } from './job-map.js';
import { QUEUE_POLICIES, type QueuePolicy } from './job-queue.js';
import { type PoolStats, WorkerPool } from './pool.js';
import type { ModelSummary, TimelineSettings } from './protocol.js';
import type { ClassifyResult, EmbedResult, TimelineEvent } from './results.js';
import { workerPath } from './worker-path.js';

/** Which model and head to open, how many workers, and which decoder. */
export interface ClassifierOptions {
  /** Id or folder of the embedding model; the embedded default otherwise. */
  readonly model?: string;
  /** A head, or the id or file of one; the model's own default head otherwise. */
  readonly head?: string | Head;
  /** Worker processes at most. Default: one per core. They start when there is work. */
  readonly workers?: number;
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

/** What one of a recording's channels gave; channels count from 1. */
export interface OfChannel<T> {
  readonly channel: number;
  readonly value: T;
}

/** Options that are checked elsewhere, by a plan of the timeline or where a channel is chosen, are `ANY`. */
const OPEN_CHECKS = {
  model: TEXT,
  head: (name, value) => void (typeof value === 'string' || OBJECT(name, value)),
  workers: ANY,
  threads: ANY,
  runtime: ANY,
  ffmpegPath: TEXT,
  queueLimit: numberFrom(0),
  queueBytes: numberFrom(0),
  queuePolicy: oneOf(...QUEUE_POLICIES),
  stallSeconds: numberFrom(0),
} satisfies Record<keyof ClassifierOptions, OptionCheck>;

const JOB_CHECKS = {
  signal: SIGNAL,
  name: TEXT,
  channel: ANY,
  track: ANY,
  limitSeconds: numberFrom(0),
  timeLimitSeconds: numberFrom(0),
} satisfies Record<keyof JobOptions, OptionCheck>;

const TIMELINE_CHECKS = {
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

const CLASSIFY_CHECKS = {
  ...TIMELINE_CHECKS,
  onProgress: FUNCTION,
  withEmbedding: FLAG,
} satisfies Record<keyof ClassifyJobOptions, OptionCheck>;

const EMBED_CHECKS = { ...JOB_CHECKS, withExcerpt: FLAG } satisfies Record<
  keyof EmbedJobOptions,
  OptionCheck
>;

const TIMELINE_FIELDS = [
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

/**
 * The whole product behind one object: audio in, verdicts out. Decoding and inference run in worker
 * processes, so nothing here holds up the caller's event loop.
 *
 * Every method throws `EcapaError` for what can be wrong with audio, model or head, and
 * `TypeError`/`RangeError` for wrong arguments.
 */
export class Classifier {
  readonly model: ModelSummary;
  readonly workers: number;
  readonly #pool: WorkerPool;
  #head: Head | undefined;

  private constructor(pool: WorkerPool, model: ModelSummary, head: Head | undefined, workers: number) {
    this.#pool = pool;
    this.model = model;
    this.#head = head;
    this.workers = workers;
  }

  /** Finds model and head, starts a first worker and loads the model. */
  static async open(options: ClassifierOptions = {}): Promise<Classifier> {
    checkOptions(options, OPEN_CHECKS);
    const workers = count('workers', options.workers, availableParallelism());
    const threads = count('threads', options.threads, 1);
    const runtime = runtimeChoice(options.runtime);
    void removeLeftBehind(tmpdir());
    const modelDirectory = await locateModel(options.model);
    const pool = new WorkerPool({
      workerPath: workerPath(),
      workers,
      settings: {
        modelDirectory,
        threads,
        runtime,
        ...(options.ffmpegPath === undefined ? {} : { ffmpegPath: options.ffmpegPath }),
      },
      queueLimit: options.queueLimit ?? 1000,
      queueBytes: options.queueBytes ?? Number.POSITIVE_INFINITY,
      queuePolicy: options.queuePolicy ?? 'wait',
      stallSeconds: options.stallSeconds ?? 120,
    });
    try {
      const [model, head] = await Promise.all([
        pool.warmUp(),
        typeof options.head === 'object' ? options.head : namedHead(options.head),
      ]);
      const chosen = head ?? (await defaultHead(model));
      if (chosen !== undefined) checkModel(chosen, model.id, model.dimension);
      return new Classifier(pool, model, chosen, workers);
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** The head that verdicts come from. Throws `HEAD_NOT_FOUND` when the model has none yet. */
  get head(): Head {
    if (this.#head === undefined) {
      throw new EcapaError(
        'HEAD_NOT_FOUND',
        `Model "${this.model.id}" has no head yet. Train one with "ecapa train", or name a head file.`,
      );
    }
    return this.#head;
  }

  /** Replaces the head for all jobs that start from now on; the model stays loaded. */
  setHead(head: Head): void {
    checkModel(head, this.model.id, this.model.dimension);
    this.#head = head;
  }

  /** One verdict on a whole recording. Long ones are summed up over windows and marked so. */
  async classify(input: AudioInput, options: ClassifyJobOptions = {}): Promise<ClassifyResult> {
    checkOptions(options, CLASSIFY_CHECKS);
    return this.#classify(planInput(input, options.name), options);
  }

  /**
   * A verdict on each channel by itself, in order: for two-channel telephone calls and interviews. Throws TypeError
   * for a live source.
   */
  async *classifyChannels(
    input: AudioInput,
    options: Omit<ClassifyJobOptions, 'channel'> = {},
  ): AsyncGenerator<OfChannel<ClassifyResult>> {
    checkOptions(options, CLASSIFY_CHECKS);
    yield* this.#eachChannel(input, options, async function* (classifier, plan, channel) {
      yield await classifier.#classify(plan, { ...options, channel });
    });
  }

  /** The embedding of a whole recording, which must not be longer than the whole-clip limit. */
  async embed(input: AudioInput, options: EmbedJobOptions = {}): Promise<EmbedResult> {
    checkOptions(options, EMBED_CHECKS);
    const { withExcerpt = false } = options;
    return resultOf(this.#run('embed', { withExcerpt }, planInput(input, options.name), options));
  }

  /** A file's audio by its headers: length, rate, channels, tracks. Throws TypeError for PCM. */
  async probe(input: AudioInput, options: JobOptions = {}): Promise<AudioInfo> {
    checkOptions(options, JOB_CHECKS);
    return this.#probe(planInput(input, options.name), options);
  }

  /** What is where: segments as soon as they are final, then a summary. Ending the iteration cancels the job. */
  async *timeline(input: AudioInput, options: TimelineJobOptions = {}): AsyncGenerator<TimelineEvent> {
    checkOptions(options, TIMELINE_CHECKS);
    yield* this.#timeline(planInput(input, options.name), options);
  }

  /** The timeline of each channel by itself, one after the other. Throws TypeError for a live source. */
  async *timelineChannels(
    input: AudioInput,
    options: Omit<TimelineJobOptions, 'channel'> = {},
  ): AsyncGenerator<OfChannel<TimelineEvent>> {
    checkOptions(options, TIMELINE_CHECKS);
    yield* this.#eachChannel(input, options, (classifier, plan, channel) =>
      classifier.#timeline(plan, { ...options, channel }),
    );
  }

  /** Queue depth, running jobs and worker deaths, for a status line. */
  stats(): PoolStats {
    return this.#pool.stats();
  }

  /** Ends the workers. Jobs under way reject with `CLOSED`. Safe to call twice. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async *#eachChannel<T>(
    input: AudioInput,
    options: JobOptions,
    work: (classifier: Classifier, plan: InputPlan, channel: number) => AsyncGenerator<T>,
  ): AsyncGenerator<OfChannel<T>> {
    const planned = planCopiedInput(input, options.name);
    if (planned.live)
      throw new TypeError('input: the channels of a live source cannot be heard one after the other');
    const { plan, dispose } = keptInput(planned);
    try {
      const count = plan.pcmChannels ?? (await this.#probe(plan, options)).channels;
      for (let channel = 1; channel <= count; channel++) {
        for await (const value of work(this, plan, channel)) yield { channel, value };
      }
    } finally {
      await dispose();
    }
  }

  async #probe(plan: InputPlan, options: JobOptions): Promise<AudioInfo> {
    if (plan.pcmChannels !== undefined) throw new TypeError('input: PCM has no headers');
    return resultOf(this.#run('probe', {}, plan, options));
  }

  async #classify(plan: InputPlan, options: ClassifyJobOptions): Promise<ClassifyResult> {
    const settings = {
      ...this.#headAndSettings(options),
      withEmbedding: options.withEmbedding ?? false,
    };
    return resultOf(this.#run('classify', settings, plan, options), ({ progress }) =>
      options.onProgress?.(progress.doneSeconds, progress.totalSeconds),
    );
  }

  async *#timeline(plan: InputPlan, options: TimelineJobOptions): AsyncGenerator<TimelineEvent> {
    const summary = yield* this.#run('timeline', this.#headAndSettings(options), plan, options);
    yield { type: 'summary', summary };
  }

  /**
   * What a job needs besides its audio: the head without the clips it was trained on, and the timeline's options alone.
   * Throws TypeError or RangeError naming a wrong one, before any work begins.
   */
  #headAndSettings(options: ClassifyJobOptions | TimelineJobOptions) {
    if (options.head !== undefined) checkModel(options.head, this.model.id, this.model.dimension);
    const { provenance: _, ...head } = options.head ?? this.head;
    planTimeline(head.labels, options);
    checkStreamTimes(options);
    const settings: Record<string, unknown> = {};
    for (const field of TIMELINE_FIELDS) if (options[field] !== undefined) settings[field] = options[field];
    return { head, settings };
  }

  #run<Kind extends EngineJobKind>(
    kind: Kind,
    settings: Omit<Jobs[Kind]['input'], 'source'>,
    plan: InputPlan,
    { channel, track, limitSeconds, signal, timeLimitSeconds }: JobOptions,
  ): JobRun<Kind> {
    channelIndex(channel);
    checkTrack(track);
    // One signal for a whole batch is the usual case; each of its jobs listens until it is done.
    if (signal !== undefined) setMaxListeners(0, signal);
    const input = choosing(plan, { channel, track, limitSeconds });
    // Events that were handed out cannot be taken back: a timeline is done again only by its caller.
    const replayable = input.replayable && kind !== 'timeline';
    return this.#pool.run({ kind, settings, input, replayable, timeLimitSeconds, signal });
  }
}

async function namedHead(name: string | undefined): Promise<Head | undefined> {
  return name === undefined ? undefined : loadHead(await locateHead(name));
}

async function defaultHead(model: ModelSummary): Promise<Head | undefined> {
  const file = await locateHeadOfModel(model.id);
  return file === undefined ? undefined : loadHead(file);
}

function count(field: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${field}: expected a whole number from 1, got ${value}`);
  return value;
}
