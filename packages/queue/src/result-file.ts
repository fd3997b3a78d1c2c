import { type FileHandle, open } from 'node:fs/promises';
import { EcapaError } from '@ecapa/core';
import { parseJournalLine, writeError } from '@ecapa/core/host';

const CHUNK_BYTES = 1 << 20;

/** The file that results are collected in: lines of core's journal, only ever added to. */
export class ResultFile {
  readonly path: string;
  readonly #file: FileHandle;
  #sizeBytes: number;

  private constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /**
   * Opens the file, or begins one; a line that a crash cut short is dropped.
   *
   * @throws EcapaError WRITE_FAILED (also for a file that holds something else: it is left as it is),
   *   PERMISSION_DENIED, IS_DIRECTORY, DISK_FULL
   */
  static async open(path: string): Promise<ResultFile> {
    const file = await open(path, 'a+').catch((cause: unknown) => {
      throw writeError(path, cause);
    });
    try {
      const { size } = await file.stat();
      const result = new ResultFile(path, file, size);
      await result.#checkStart();
      await result.#dropCutLine();
      return result;
    } catch (cause) {
      await file.close();
      throw writeError(path, cause);
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How often each line occurs from a place on, where a line begins. */
  async linesFrom(offsetBytes: number): Promise<Map<string, number>> {
    if (offsetBytes > this.#sizeBytes) {
      throw new EcapaError(
        'WRITE_FAILED',
        `${this.path}: shorter than it was when results were last written to it. Put it back as it was.`,
        { file: this.path },
      );
    }
    const bytes = Buffer.alloc(this.#sizeBytes - offsetBytes);
    await this.#readFully(bytes, offsetBytes);
    const counts = new Map<string, number>();
    for (const line of bytes.toString().split('\n'))
      if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  }

  /** Adds lines, each with its line end; resolves when they are on the disk. Throws DISK_FULL or WRITE_FAILED. */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    try {
      await this.#file.appendFile(bytes);
      await this.#file.datasync();
    } catch (cause) {
      // Half a line would swallow the next one.
      await this.#file.truncate(this.#sizeBytes).catch(() => undefined);
      throw writeError(this.path, cause);
    }
    this.#sizeBytes += bytes.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #checkStart(): Promise<void> {
    if (this.#sizeBytes === 0) return;
    const start = Buffer.alloc(Math.min(this.#sizeBytes, CHUNK_BYTES));
    await this.#readFully(start, 0);
    const end = start.indexOf(10);
    const line = start.toString('utf8', 0, end < 0 ? start.length : end);
    const isOurs =
      end >= 0
        ? parseJournalLine(line) !== undefined
        : '{"format":"ecapa-batch-1"'.startsWith(line.slice(0, 25));
    // A first line of more than a megabyte is a long timeline: its beginning must do.
    if (isOurs || (end < 0 && line.startsWith('{"format":"ecapa-batch-1"'))) return;
    throw new EcapaError(
      'WRITE_FAILED',
      `${this.path}: this file does not hold results of a batch, and was left as it is. Name another file.`,
      { file: this.path },
    );
  }

  async #dropCutLine(): Promise<void> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let end = this.#sizeBytes; end > 0; ) {
      const length = Math.min(end, chunk.length);
      await this.#readFully(chunk.subarray(0, length), end - length);
      const at = chunk.subarray(0, length).lastIndexOf(10);
      if (at >= 0 || end === length) {
        const sizeBytes = at < 0 ? 0 : end - length + at + 1;
        if (sizeBytes < this.#sizeBytes) await this.#file.truncate(sizeBytes);
        this.#sizeBytes = sizeBytes;
        return;
      }
      end -= length;
    }
  }

  async #readFully(target: Buffer, position: number): Promise<void> {
    for (let at = 0; at < target.length; ) {
      const { bytesRead } = await this.#file.read(target, at, target.length - at, position + at);
      if (bytesRead === 0) return;
      at += bytesRead;
    }
  }
}
