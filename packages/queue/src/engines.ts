import { availableParallelism } from 'node:os';
import {
  Classifier,
  type ClassifyJobOptions,
  type ClassifyResult,
  EcapaError,
  type Head,
  loadHead,
  loadModelInfo,
  locateHead,
  locateModel,
  type ModelInfo,
  type TimelineJobOptions,
} from '@ecapa/core';
import { type BatchIdentity, canonicalJson } from '@ecapa/core/host';
import {
  TIMELINE_VERSION,
  timelineIdentity,
  type WholeTimeline,
  wholeTimeline,
  wholeTimelineOfChannels,
} from '@ecapa/core/timeline';
import { type BatchSettings, headSha256, timelineOptions } from './settings.js';

/** Verdicts as they are kept, without how long they took: one, or one for each channel, which count from 1. */
export type Verdicts = readonly (Omit<ClassifyResult, 'timings' | 'embedding'> & {
  readonly channel?: number;
})[];

/** A timeline, or one for each channel. */
export type Timelines = readonly (WholeTimeline & { readonly channel?: number })[];

/** What an outcome holds, by the task of its settings. */
export type OutcomeValue = Verdicts | Timelines;

/** Processes one file by the settings. */
export interface Engine {
  /** What outcomes depend on besides the audio, as canonical JSON. */
  readonly identity: string;
  /** Throws as `Classifier.classify` and `timeline` do. `name` is what messages call the file. */
  run(path: string, name: string, signal: AbortSignal): Promise<OutcomeValue>;
}

export interface EnginesOptions {
  /** Folders of models besides those of the registry. */
  readonly models: readonly string[];
  /** Files of heads besides those of the registry. */
  readonly heads: readonly string[];
  /** Worker processes of each model. */
  readonly workers: number;
  /** Decode with this program. It is the worker's own choice: a job never names a program. */
  readonly ffmpegPath?: string | undefined;
}

/** The models and heads of this machine, opened as jobs name them, and only when they are the very same. */
export class Engines {
  readonly #options: EnginesOptions;
  /** By the model's hash. */
  readonly #classifiers = new Map<string, Promise<Classifier>>();

  constructor(options: EnginesOptions) {
    this.#options = options;
  }

  /**
   * @throws EcapaError for what this machine lacks: MODEL_NOT_FOUND, HEAD_NOT_FOUND, CHECKSUM_MISMATCH,
   *   HEAD_MODEL_MISMATCH, UNSUPPORTED_ARCHITECTURE (settings of another version), RUNTIME_UNAVAILABLE
   */
  async open(settings: BatchSettings): Promise<Engine> {
    if (settings.version !== TIMELINE_VERSION) {
      throw new EcapaError(
        'JOB_INVALID',
        `The job is for version ${settings.version} of the analysis, this worker has ${TIMELINE_VERSION}. Use the same release of ecapa to submit and to work.`,
      );
    }
    const head = await this.#findHead(settings);
    const classifier = await this.#classifier(settings);
    const { options, task } = settings;
    const identity: BatchIdentity = {
      task,
      modelSha256: settings.model.sha256,
      head,
      settings: timelineIdentity(head.labels, {
        ...timelineOptions(options),
        sketch: false,
        ffmpegPath: this.#options.ffmpegPath,
        channel: options.channel,
        track: options.track,
      }),
    };
    const { channel, track } = options;
    const jobOptions = {
      head,
      ...timelineOptions(options),
      ...(track === undefined ? {} : { track }),
      ...(channel === undefined || channel === 'each' ? {} : { channel }),
    };
    const isEach = channel === 'each';
    return {
      identity: canonicalJson(identity),
      run: (path, name, signal) => {
        const run = { ...jobOptions, name, signal };
        return task === 'classify'
          ? verdictsOf(classifier, path, run, isEach)
          : timelinesOf(classifier, path, run, isEach);
      },
    };
  }

  /** Processes of the pools that died and were replaced. */
  async crashes(): Promise<number> {
    const opened = await Promise.allSettled(this.#classifiers.values());
    return opened.reduce(
      (sum, result) => sum + (result.status === 'fulfilled' ? result.value.stats().crashes : 0),
      0,
    );
  }

  /** Ends the pools; jobs under way reject with `CLOSED`. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#classifiers.values());
    await Promise.all(
      opened.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
    );
  }

  #classifier({ model }: BatchSettings): Promise<Classifier> {
    const known = this.#classifiers.get(model.sha256);
    if (known !== undefined) return known;
    const opened = this.#openClassifier(model.id, model.sha256);
    this.#classifiers.set(model.sha256, opened);
    // What failed may have been put right when the next job asks.
    opened.catch(() => this.#classifiers.delete(model.sha256));
    return opened;
  }

  async #openClassifier(id: string, sha256: string): Promise<Classifier> {
    const { workers, ffmpegPath } = this.#options;
    return Classifier.open({
      model: await this.#findModel(id, sha256),
      workers,
      threads: Math.max(1, Math.floor(availableParallelism() / workers)),
      ...(ffmpegPath === undefined ? {} : { ffmpegPath }),
    });
  }

  async #findModel(id: string, sha256: string): Promise<string> {
    let other: ModelInfo | undefined;
    for (const folder of this.#options.models) {
      const info = await loadModelInfo(await locateModel(folder));
      if (info.sha256 === sha256) return locateModel(folder);
      if (info.id === id) other = info;
    }
    const registered = isRegistryId(id) ? await locateModel(id) : undefined;
    if (registered !== undefined) {
      const info = await loadModelInfo(registered);
      if (info.sha256 === sha256) return registered;
      other = info;
    }
    throw new EcapaError(
      other === undefined ? 'MODEL_NOT_FOUND' : 'CHECKSUM_MISMATCH',
      other === undefined
        ? `This worker has no model "${id}". Start it with --model FOLDER.`
        : `This worker's model "${id}" is not the job's: SHA-256 ${other.sha256}, the job's is ${sha256}. Install the same release, or start it with --model FOLDER.`,
    );
  }

  async #findHead({ model, head: { id, sha256 } }: BatchSettings): Promise<Head> {
    let isOther = false;
    for (const file of this.#options.heads) {
      const head = await loadHead(file);
      if (headSha256(head) === sha256) return head;
      if (head.id === id) isOther = true;
    }
    const registered = isRegistryId(id) ? await locateHead(id, model.id).catch(() => undefined) : undefined;
    if (registered !== undefined) {
      const head = await loadHead(registered);
      if (headSha256(head) === sha256) return head;
      isOther = true;
    }
    throw new EcapaError(
      isOther ? 'CHECKSUM_MISMATCH' : 'HEAD_NOT_FOUND',
      isOther
        ? `This worker's head "${id}" is not the job's (SHA-256 ${sha256}). Start it with --head FILE, a copy of the job's.`
        : `This worker has no head "${id}". Start it with --head FILE, a copy of the one that was submitted.`,
    );
  }
}

/** An id that cannot lead to a place outside the registry. */
function isRegistryId(id: string): boolean {
  return /^[A-Za-z0-9_][\w.-]*$/.test(id);
}

async function verdictsOf(
  classifier: Classifier,
  path: string,
  options: ClassifyJobOptions,
  isEach: boolean,
): Promise<Verdicts> {
  if (!isEach) return [verdictOf(await classifier.classify(path, options))];
  const verdicts: Verdicts[number][] = [];
  for await (const { channel, value } of classifier.classifyChannels(path, options))
    verdicts.push({ ...verdictOf(value), channel });
  return verdicts;
}

async function timelinesOf(
  classifier: Classifier,
  path: string,
  options: TimelineJobOptions,
  isEach: boolean,
): Promise<Timelines> {
  const settings = { ...options, sketch: false };
  if (isEach) return wholeTimelineOfChannels(classifier, path, settings);
  return [await wholeTimeline(classifier, path, settings)];
}

function verdictOf({ timings: _, embedding: __, ...verdict }: ClassifyResult): Verdicts[number] {
  return verdict;
}
