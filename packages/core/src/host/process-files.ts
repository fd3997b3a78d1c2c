import { EcapaError, isEcapaError, isFatal } from '../errors.js';

/** What became of one file: its value, or the error it failed with. */
export type FileOutcome<File, Value> =
  | { readonly file: File; readonly value: Value }
  | { readonly file: File; readonly error: EcapaError };

/** How many files are under way at a time, in which order outcomes come, and what cancels. */
export interface ProcessOptions {
  /** Files at a time. */
  readonly concurrency: number;
  /** Outcomes in the order of the files. Default false: as they come. */
  readonly inOrder?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Files ahead of the reader, for each that is under way at a time: a slow one must not fill the memory with the rest. */
const FILES_AHEAD = 4;

/**
 * Does `work` for every file and yields what became of each. A file's own error is its outcome; an error that
 * concerns all files (`isFatal`, `CANCELLED` among them, or anything that is no EcapaError) is thrown once the
 * files under way have ended and what came before it has been yielded. A reader that stops early cancels them by the signal
 * that `work` is given. Throws RangeError for a concurrency that is not a whole number from 1.
 */
export async function* processFiles<File, Value>(
  files: readonly File[],
  work: (file: File, signal: AbortSignal) => Promise<Value>,
  { concurrency, inOrder = false, signal }: ProcessOptions,
): AsyncGenerator<FileOutcome<File, Value>, void, undefined> {
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`concurrency: expected a whole number from 1, got ${concurrency}`);
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const running = new Set<Promise<void>>();
  const finished = new Map<number, FileOutcome<File, Value>>();
  let started = 0;
  let taken = 0;
  let failure: { readonly error: unknown } | undefined;

  const start = (position: number, file: File): void => {
    const job = fileOutcome(file, () => work(file, either))
      .then(
        (outcome) => void finished.set(position, outcome),
        (error: unknown) => {
          failure ??= { error };
        },
      )
      .then(() => {
        running.delete(job);
        startMore();
      });
    running.add(job);
  };
  const startMore = (): void => {
    while (started < files.length && running.size < concurrency) {
      if (started - taken >= FILES_AHEAD * concurrency || stop.signal.aborted) return;
      if (signal?.aborted)
        failure ??= { error: new EcapaError('CANCELLED', 'Cancelled.', { cause: signal.reason }) };
      if (failure !== undefined) return;
      start(started, files[started++] as File);
    }
  };
  const take = (): FileOutcome<File, Value> | undefined => {
    const [position = taken] = inOrder ? [taken] : finished.keys();
    const outcome = finished.get(position);
    if (finished.delete(position)) taken++;
    return outcome;
  };
  try {
    for (;;) {
      startMore();
      for (let outcome = take(); outcome !== undefined; outcome = take()) {
        yield outcome;
        startMore();
      }
      if (running.size === 0) break;
      await Promise.race(running);
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    stop.abort();
    await Promise.all(running);
  }
}

/** The outcome of work on one file. Throws what concerns all files, as `processFiles` does. */
export async function fileOutcome<File, Value>(
  file: File,
  work: () => Promise<Value>,
): Promise<FileOutcome<File, Value>> {
  try {
    return { file, value: await work() };
  } catch (error) {
    if (!isEcapaError(error) || isFatal(error.code)) throw error;
    return { file, error };
  }
}
