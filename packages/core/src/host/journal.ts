import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EcapaError, type ErrorData } from '../errors.js';
import { writeError } from '../files.js';
import type { ContentStamp } from './file-stamp.js';

/** One file's outcome. `key` identifies audio, model, head and settings; `value` is plain data. */
export interface JournalEntry<Value> {
  readonly key: string;
  /** Written as an absolute path: a relative one would name another file in another folder. */
  readonly file: string;
  readonly stamp: ContentStamp;
  readonly outcome: { readonly value: Value } | { readonly error: ErrorData };
}

/** A file that could not be done for a reason that may pass. On record for people; a batch tries it again. */
export interface JournalFailure {
  readonly file: string;
  readonly failure: ErrorData;
}

/** Where an entry's line lies in the journal's file, without its line end. */
interface Place {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Marks a journal's lines, so that an older program recognises that it cannot read them. */
const FORMAT = 'ecapa-batch-1';

/** A timeline of a week, with all its windows, takes less. */
const MAX_LINE_BYTES = 256 << 20;

const START = Buffer.from(`{"format":"${FORMAT}"`);

/** True for the beginning of a journal. What is too short to tell is not taken for one: it would be emptied. */
function isJournalStart(bytes: Buffer): boolean {
  return bytes.subarray(0, START.length).equals(START);
}

/** The line of an entry as a journal holds it, with its line end. `file` is written as it is given. */
export function journalLine(entry: JournalEntry<unknown> | JournalFailure): string {
  return `${JSON.stringify({ format: FORMAT, ...entry })}\n`;
}

/**
 * Reads a line that `journalLine` has made; undefined for anything else. For programs that read a journal from
 * beginning to end, such as one that prints it; a batch opens a `BatchJournal`.
 */
export function parseJournalLine<Value>(line: string): JournalEntry<Value> | JournalFailure | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isObject(entry) && entry.format === FORMAT && isLine<Value>(entry) ? entry : undefined;
}

/** Values are whatever the caller remembers, but something. */
function isLine<Value>(entry: Record<string, unknown>): entry is Line<Value> {
  const { key, file, stamp, outcome, failure } = entry;
  if (typeof file !== 'string') return false;
  if ('failure' in entry) return isErrorData(failure);
  if (typeof key !== 'string' || !isObject(stamp) || !isObject(outcome)) return false;
  return isErrorData(outcome.error) || (outcome.value !== undefined && outcome.value !== null);
}

type Line<Value> = Record<string, unknown> & (JournalEntry<Value> | JournalFailure);

function isErrorData(error: unknown): boolean {
  return isObject(error) && typeof error.code === 'string' && typeof error.message === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * An append-only record of what a batch has done, one JSON object a line.
 *
 * Each line is on the disk before `append` resolves. A line that a crash cut short is dropped when the
 * journal is opened again, so that only the files under way at that moment are done once more. Outcomes stay
 * in the file until they are asked for: those of ten thousand long recordings are more than memory holds.
 */
export class BatchJournal<Value> {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #places = new Map<string, Place>();
  readonly #stamps = new Map<string, ContentStamp>();
  /** Appends wait for one another: lines must not mix. */
  #tail: Promise<unknown> = Promise.resolve();
  #sizeBytes: number;

  private constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /**
   * Opens a journal, or begins one.
   *
   * @throws EcapaError WRITE_FAILED (also for a file that is not a journal: it is left as it is),
   *   PERMISSION_DENIED, IS_DIRECTORY, DISK_FULL
   */
  static async open<Value>(path: string): Promise<BatchJournal<Value>> {
    let file: FileHandle;
    try {
      file = await open(path, 'a+');
    } catch (cause) {
      throw writeError(path, cause);
    }
    try {
      const stats = await file.stat();
      const journal = new BatchJournal<Value>(path, file, stats.size);
      if (!stats.isFile()) throw journal.#foreign();
      await journal.#read(stats.size);
      return journal;
    } catch (cause) {
      await file.close();
      throw writeError(path, cause);
    }
  }

  /** Outcomes on record. */
  get size(): number {
    return this.#places.size;
  }

  /** True when there is an outcome on record. */
  has(key: string): boolean {
    return this.#places.has(key);
  }

  /**
   * An outcome on record, read from the disk. Undefined also when its line is no longer where it was, because
   * another program has written into the journal: its work is then to be done again.
   *
   * @throws EcapaError READ_FAILED
   */
  async outcome(key: string): Promise<JournalEntry<Value>['outcome'] | undefined> {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const line = Buffer.alloc(place.lengthBytes);
    try {
      await this.#file.read(line, 0, line.length, place.offsetBytes);
    } catch (cause) {
      const options = { file: this.path, cause };
      throw new EcapaError('READ_FAILED', `${this.path}: the journal can no longer be read.`, options);
    }
    try {
      const entry: JournalEntry<Value> = JSON.parse(line.toString());
      return entry.key === key ? entry.outcome : undefined;
    } catch {
      return undefined;
    }
  }

  /** How the file at this path looked when it was last read. */
  stamp(file: string): ContentStamp | undefined {
    return this.#stamps.get(resolve(file));
  }

  /** Records an outcome. Throws `DISK_FULL` or `WRITE_FAILED`; what was recorded before stays. */
  append(entry: JournalEntry<Value>): Promise<void> {
    const turn = this.#tail.then(() => this.#write(entry));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#file.close();
  }

  async #write(given: JournalEntry<Value>): Promise<void> {
    const entry = { ...given, file: resolve(given.file) };
    const line = Buffer.from(journalLine(entry));
    try {
      await this.#file.appendFile(line);
      await this.#file.datasync();
    } catch (cause) {
      // Half a line would swallow the next one.
      await this.#file.truncate(this.#sizeBytes).catch(() => undefined);
      throw writeError(this.path, cause);
    }
    this.#remember(entry, { offsetBytes: this.#sizeBytes, lengthBytes: line.length - 1 });
    this.#sizeBytes += line.length;
  }

  async #read(sizeBytes: number): Promise<void> {
    let at = 0;
    let rest = Buffer.alloc(0);
    const chunk = Buffer.alloc(1 << 20);
    for (let position = 0; position < sizeBytes; ) {
      const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      // Seen at once, and not only at the end of a large file without line ends.
      if (at === 0 && !isJournalStart(rest)) throw this.#foreign();
      if (rest.length > MAX_LINE_BYTES && rest.indexOf(10) < 0) throw this.#damaged(at, undefined);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        this.#remember(this.#parse(rest.toString('utf8', 0, end), at), { offsetBytes: at, lengthBytes: end });
        at += end + 1;
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length === 0) return;
    // The last line has no end: a crash cut it short.
    await this.#file.truncate(at);
    this.#sizeBytes = at;
  }

  #parse(line: string, at: number): JournalEntry<Value> | JournalFailure {
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch (cause) {
      throw at === 0 ? this.#foreign() : this.#damaged(at, cause);
    }
    if (!isObject(entry) || entry.format !== FORMAT) throw this.#foreign();
    if (!isLine<Value>(entry)) throw this.#damaged(at, undefined);
    return entry;
  }

  #remember(entry: JournalEntry<Value> | JournalFailure, place: Place): void {
    if ('failure' in entry) return;
    const { key, file, stamp } = entry;
    this.#places.set(key, place);
    // A relative path of an older journal stays as it is, and is never asked for.
    this.#stamps.set(file, stamp);
  }

  #foreign(): EcapaError {
    return new EcapaError(
      'WRITE_FAILED',
      `${this.path}: this is not the journal of a batch, and was left as it is. Name another file.`,
      { file: this.path },
    );
  }

  #damaged(at: number, cause: unknown): EcapaError {
    return new EcapaError(
      'WRITE_FAILED',
      `${this.path}: the line at byte ${at} is damaged. Remove that line; its file will be done again.`,
      { file: this.path, cause },
    );
  }
}
