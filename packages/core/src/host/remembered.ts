import { canonicalJson } from '../canonical-json.js';
import { EcapaError, fromErrorData, isEcapaError } from '../errors.js';
import { stampFile } from './file-stamp.js';
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

/**
 * Work on files that is remembered: what the journal has is not done again, and files of equal content are done once.
 * For `processFiles`. Errors that lie in the file itself are remembered too, and thrown as the work threw them.
 */
export function remembered<Value>(
  journal: BatchJournal<Value>,
  identity: BatchIdentity,
  work: (file: string, signal: AbortSignal) => Promise<Value>,
): (file: string, signal: AbortSignal) => Promise<Value> {
  const identityText = canonicalJson(identity);
  /** Work under way, by key. */
  const pending = new Map<string, Promise<Value>>();

  const outcomeOf = async (file: string, signal: AbortSignal): Promise<Value> => {
    const stamp = await stampFile(file, journal.stamp(file), signal);
    const key = outcomeKey(stamp.sha256, identityText);
    // Only what is on record is waited for: between a look at the journal and one at the work under way, that
    // work must not come to its end.
    const known = journal.has(key) ? await journal.outcome(key) : undefined;
    if (known !== undefined) {
      if ('value' in known) return known.value;
      throw fromErrorData(known.error);
    }
    const underWay = pending.get(key);
    if (underWay !== undefined) return underWay;
    const recording = recordOf(file, stamp, key, () => work(file, signal)).then(async ({ entry, error }) => {
      await journal.append(entry); // settled only once it is on record
      if ('value' in entry.outcome) return entry.outcome.value;
      throw error;
    });
    pending.set(key, recording);
    try {
      return await recording;
    } finally {
      pending.delete(key);
    }
  };
  return (file, signal) =>
    outcomeOf(file, signal).catch((error: unknown) => {
      throw isEcapaError(error) ? named(error, file) : error;
    });
}

/** An error that came from a file of the same content, under this file's name. */
function named(error: EcapaError, file: string): EcapaError {
  if (error.file === undefined || error.file === file) return error;
  return new EcapaError(error.code, error.message.replaceAll(error.file, file), { file, cause: error });
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
