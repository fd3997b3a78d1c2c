import { setMaxListeners } from 'node:events';
import { availableParallelism, tmpdir } from 'node:os';
import type { AudioInfo } from '../audio/audio-source.js';
import { channelIndex, checkTrack } from '../audio/channel-choice.js';
import { checkOptions } from '../check-options.js';
import { EcapaError } from '../errors.js';
import { loadHead } from '../heads/file/head-file.js';
import { checkModel } from '../heads/predict.js';
import { loadModelInfo } from '../model/model-file.js';
import { runtimeChoice } from '../model/session/runtime-choice.js';
import { describeModel, locateHead, locateHeadOfModel, locateModel } from '../models/locate.js';
import { modelOfHead } from '../models/model-of-head.js';
import { removeLeftBehind } from '../temporary-paths.js';
import { checkStreamTimes, planTimeline } from '../timeline/options.js';
import type { Head } from '../types.js';
import {
  CLASSIFY_CHECKS,
  type ClassifierOptions,
  type ClassifyJobOptions,
  EMBED_CHECKS,
  type EmbedJobOptions,
  JOB_CHECKS,
  type JobOptions,
  OPEN_CHECKS,
  TIMELINE_CHECKS,
  TIMELINE_FIELDS,
  type TimelineJobOptions,
} from './classifier-options.js';
import { type AudioInput, choosing, type InputPlan, keptInput, planCopiedInput, planInput } from './input.js';
import { type EngineJobKind, type JobRun, type Jobs, resultOf } from './job-map.js';
import { type PoolStats, WorkerPool } from './pool.js';
import type { ModelSummary } from './protocol.js';
import type { ClassifyResult, EmbedResult, TimelineEvent } from './results.js';
import { workerPath } from './worker-path.js';

/** What one of a recording's channels gave; channels count from 1. */
export interface OfChannel<T> {
  readonly channel: number;
  readonly value: T;
}

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
    // The head of the default model is read while a worker loads that; a named one says which model it is for.
    const named = options.head === undefined ? undefined : await namedHead(options.head, options.model);
    const modelDirectory = await locateModel(await modelOfHead(options.model, named));
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
        pool.warmUp(options.startAllWorkers === true ? workers : 1),
        named ?? headOfFolder(modelDirectory),
      ]);
      const chosen = head ?? (await headOfModel(model));
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

async function namedHead(head: string | Head, model: string | undefined): Promise<Head> {
  if (typeof head !== 'string') return head;
  const modelId = model === undefined ? undefined : (await describeModel(model)).id;
  return loadHead(await locateHead(head, modelId));
}

/** The head of a folder's model, read while a worker loads the model itself; what is wrong is thrown once that has been checked. */
async function headOfFolder(modelDirectory: string): Promise<Head | undefined> {
  try {
    return await headOfModel(await loadModelInfo(modelDirectory));
  } catch {
    return undefined;
  }
}

async function headOfModel({ id }: Pick<ModelSummary, 'id'>): Promise<Head | undefined> {
  const file = await locateHeadOfModel(id);
  return file === undefined ? undefined : loadHead(file);
}

function count(field: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${field}: expected a whole number from 1, got ${value}`);
  return value;
}
