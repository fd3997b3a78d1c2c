import { type EcapaError, type ErrorCode, isEcapaError, toErrorData } from '../errors.js';
import { sha256Of } from '../files.js';
import type { ContentStamp } from './file-stamp.js';
import type { JournalEntry } from './journal.js';

/** Reasons that lie in the file itself: trying again would end the same way. */
const LASTING_ERRORS: readonly ErrorCode[] = [
  'EMPTY_FILE',
  'NOT_AUDIO',
  'NO_AUDIO_STREAM',
  'NO_SAMPLES',
  'TOO_SHORT',
  'UNSUPPORTED_CODEC',
  'UNSUPPORTED_LAYOUT',
  'NO_SUCH_CHANNEL',
  'NO_SUCH_TRACK',
  'CORRUPT_AUDIO',
  'NON_FINITE_SAMPLES',
];

/** Identifies an outcome: the content of the file, and the canonical JSON of all else that it depends on. */
export function outcomeKey(sha256: string, identity: string): string {
  return sha256Of(`${sha256}\n${identity}`);
}

/** What work on a file came to. `error`, where there is one, is the original of the one in `entry`. */
export interface FileRecord<Value> {
  readonly entry: JournalEntry<Value>;
  readonly error?: EcapaError;
}

/**
 * Does `work` and makes the journal entry of its value, or of an error that lies in the file itself. Every other
 * error may pass, does not belong on record, and is thrown.
 */
export async function recordOf<Value>(
  file: string,
  stamp: ContentStamp,
  key: string,
  work: () => Promise<Value>,
): Promise<FileRecord<Value>> {
  try {
    return { entry: { key, file, stamp, outcome: { value: await work() } } };
  } catch (error) {
    if (!isEcapaError(error) || !LASTING_ERRORS.includes(error.code)) throw error;
    return { entry: { key, file, stamp, outcome: { error: toErrorData(error, error.code) } }, error };
  }
}
