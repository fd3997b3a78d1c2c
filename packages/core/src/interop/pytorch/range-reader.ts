import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';

const BLOCK_BYTES = 1 << 18;

/**
 * The zip container that a file is, to be closed before the file is. In this module, as bundlers that put a CommonJS
 * package into a file of its own, to be loaded later, give it no names.
 */
export function openZip(file: FileHandle, sizeBytes: number): Promise<ZipFile> {
  // autoClose would close the container after the last entry is listed, before any is read.
  const options = { autoClose: false, strictFileNames: true };
  return fromRandomAccessReaderPromise(new RangeReader(file, sizeBytes), sizeBytes, options);
}

/**
 * Gives yauzl the bytes of an open file. Every range is checked against the file's size first: yauzl's own
 * reader passes a damaged 64-bit offset on to `fs.read`, which throws where it cannot be caught.
 * The caller that opened the file closes it.
 */
class RangeReader extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #sizeBytes: number;

  constructor(file: FileHandle, sizeBytes: number) {
    super();
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (!this.#holds(position, position + length)) {
      setImmediate(callback, outside());
      return;
    }
    this.#file.read(buffer, offset, length, position).then(
      ({ bytesRead }) => setImmediate(callback, null, bytesRead),
      (error: Error) => setImmediate(callback, error),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#blocks(start, end), { objectMode: false });
  }

  async *#blocks(start: number, end: number): AsyncGenerator<Buffer> {
    if (!this.#holds(start, end)) throw outside();
    for (let position = start; position < end; ) {
      const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, end - position));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw outside();
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  }

  override close(callback: (error: Error | null) => void): void {
    setImmediate(callback, null);
  }

  #holds(start: number, end: number): boolean {
    return start >= 0 && start <= end && end <= this.#sizeBytes;
  }
}

function outside(): Error {
  return new Error('an offset outside the file');
}
