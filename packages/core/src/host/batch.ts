import { EcapaError, fromErrorData, isEcapaError, isFatal } from '../errors.js';
import { type ContentStamp, stampFile } from './file-stamp.js';
import type { BatchJournal } from './journal.js';
import { outcomeKey, recordOf } from './record.js';

/** What an outcome depends on besides the audio. */
export interface BatchIdentity {
  /** What is done: outcomes of `classify` and `timeline` are never mistaken for one another. */
  readonly task: string;
  /** SHA-256 of the model's file. */
  readonly modelSha256: string;
  /** The whole head, or anything that changes when it does. */
  readonly head: unknown;
  /** Everything else that changes the outcome, as plain data. */
  readonly settings: unknown;
}

/** What became of one file: its value, or the error it failed with. */
export type BatchOutcome<Value> =
  /** `isRepeated`: taken from the journal, or from a file of the same content. */
  | { readonly file: string; readonly value: Value; readonly isRepeated: boolean }
  | { readonly file: string; readonly error: EcapaError; readonly isRepeated: boolean };

/** How a batch runs: its identity in the journal, its limit of files at once, its cancellation. */
export interface BatchOptions<Value> {
  readonly identity: BatchIdentity;
  /** Files at a time. */
  readonly concurrency: number;
  /** Without one, nothing is remembered. */
  readonly journal?: BatchJournal<Value> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does `work` for every file, `concurrency` at a time, and yields outcomes as they come. What the journal
 * has is not done again; files of equal content are done once. A file's own error is its outcome; what
 * concerns all files (cancelled, closed, disk full, no runtime, anything not an EcapaError) is thrown,
 * once the files under way have been let go.
 */
export async function* runBatch<Value>(
  files: Iterable<string>,
  work: (file: string) => Promise<Value>,
  options: BatchOptions<Value>,
): AsyncGenerator<BatchOutcome<Value>, void, undefined> {
  if (!Number.isInteger(options.concurrency) || options.concurrency < 1) {
    throw new RangeError(`concurrency: expected a whole number from 1, got ${options.concurrency}`);
  }
  const batch = new Batch(work, options);
  const source = files[Symbol.iterator]();
  const running = new Set<Promise<void>>();
  const finished: BatchOutcome<Value>[] = [];
  let failure: { readonly error: unknown } | undefined;
  let isStopped = false;
  const launch = (): boolean => {
    if (isStopped || failure !== undefined) return false;
    const next = source.next();
    if (next.done) return false;
    const job = batch.run(next.value).then(
      (outcome) => {
        finished.push(outcome);
      },
      (error: unknown) => {
        failure ??= { error };
      },
    );
    const settled = job.then(() => {
      running.delete(settled);
    });
    running.add(settled);
    return true;
  };
  try {
    for (;;) {
      while (running.size < options.concurrency && launch());
      // Finished files are reported even when something else has failed: it is in the journal already.
      for (let outcome = finished.shift(); outcome !== undefined; outcome = finished.shift()) yield outcome;
      if (running.size === 0) break;
      await Promise.race(running);
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    isStopped = true;
    await Promise.all(running);
  }
}

class Batch<Value> {
  readonly #work: (file: string) => Promise<Value>;
  readonly #options: BatchOptions<Value>;
  readonly #identity: string;
  /** Work under way, by key. */
  readonly #pending = new Map<string, Promise<Value>>();

  constructor(work: (file: string) => Promise<Value>, options: BatchOptions<Value>) {
    this.#work = work;
    this.#options = options;
    this.#identity = canonicalJson(options.identity);
  }

  async run(file: string): Promise<BatchOutcome<Value>> {
    const { journal, signal } = this.#options;
    if (signal?.aborted)
      throw new EcapaError('CANCELLED', 'The batch was cancelled.', { cause: signal.reason });
    if (journal === undefined) {
      // Nothing to look up: the file need not be read once more for its hash.
      return this.#work(file).then(
        (value) => ({ file, value, isRepeated: false }),
        (error: unknown) => this.#fileError(file, error),
      );
    }
    let stamp: ContentStamp;
    try {
      stamp = await stampFile(file, journal.stamp(file), signal);
    } catch (error) {
      return this.#fileError(file, error);
    }
    const key = outcomeKey(stamp.sha256, this.#identity);
    // Only what is on record is waited for: between a look at the journal and one at the work under way, that
    // work must not come to its end.
    const known = journal.has(key) ? await journal.outcome(key) : undefined;
    if (known !== undefined) {
      return 'value' in known
        ? { file, value: known.value, isRepeated: true }
        : { file, error: named(fromErrorData(known.error), file), isRepeated: true };
    }
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      return pending.then(
        (value) => ({ file, value, isRepeated: true }),
        (error: unknown) => this.#fileError(file, error),
      );
    }
    const work = this.#recorded(journal, key, file, stamp);
    this.#pending.set(key, work);
    try {
      return { file, value: await work, isRepeated: false };
    } catch (error) {
      return this.#fileError(file, error);
    } finally {
      this.#pending.delete(key);
    }
  }

  /** Does the work; settled only once its outcome is on record. */
  async #recorded(
    journal: BatchJournal<Value>,
    key: string,
    file: string,
    stamp: ContentStamp,
  ): Promise<Value> {
    const { entry, error } = await recordOf(file, stamp, key, () => this.#work(file));
    await journal.append(entry);
    if ('value' in entry.outcome) return entry.outcome.value;
    throw error;
  }

  #fileError(file: string, error: unknown): BatchOutcome<Value> {
    if (!isEcapaError(error) || isFatal(error.code)) throw error;
    return { file, error: named(error, file), isRepeated: false };
  }
}

/** An error that came from a file of the same content, under this file's name. */
function named(error: EcapaError, file: string): EcapaError {
  if (error.file === undefined || error.file === file) return error;
  return new EcapaError(error.code, error.message.replaceAll(error.file, file), { file, cause: error });
}

/** JSON with sorted keys, typed arrays as plain ones: equal data, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (ArrayBuffer.isView(part) && !(part instanceof DataView)) return [...(part as Float64Array)];
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/**
 * The least sure first, for a person to look at: ascending by `sureness`; what has none (failed files) comes
 * last. Equally sure ones keep their order.
 */
export function sortLeastSure<Item>(
  items: Iterable<Item>,
  sureness: (item: Item) => number | undefined,
): Item[] {
  return [...items].sort(
    (a, b) => (sureness(a) ?? Number.POSITIVE_INFINITY) - (sureness(b) ?? Number.POSITIVE_INFINITY) || 0,
  );
}
