import type { ByteSource } from './audio-input.js';

/** What came first, for what a container promises there; long tags of WAV lie there too. */
const HEAD_BYTES = 1 << 16;
/** So much of what a decoder has read is kept: for tags between frames, and for a look at the end. */
const KEPT_BYTES = 1 << 20;

/** Where a stream's bytes come from; both calls are synchronous, since decoders are. */
export interface PieceSource {
  /** The next bytes, none when they have not come, undefined at the end. */
  poll(): Uint8Array | undefined;
  /** Waits until `poll` may have something. */
  wait(): void;
}

/**
 * The bytes of a stream for a decoder that reads from its beginning to its end, waiting for those that have not come. It
 * holds its first bytes, the last that were read, and what its source has sent ahead: memory does not grow.
 */
export class StreamedBytes implements ByteSource {
  readonly name: string;
  readonly path = undefined;
  readonly #source: PieceSource;
  readonly #head = new Uint8Array(HEAD_BYTES);
  /** The pieces that are kept, the last of them not read yet to its end. */
  readonly #pieces: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  #received = 0;
  #hasEnded = false;

  constructor(name: string, source: PieceSource) {
    this.name = name;
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#received;
  }

  /** The place behind the last byte that was asked for. */
  #position = 0;

  readonly isDry = (): boolean => {
    if (!this.#hasEnded && this.#position >= this.#received) this.#take();
    return !this.#hasEnded && this.#position >= this.#received;
  };

  readAt(offset: number, into: Uint8Array): number {
    while (offset >= this.#received && !this.#hasEnded) {
      if (!this.#take()) this.#source.wait();
    }
    const count = this.#copy(offset, into);
    this.#position = Math.max(this.#position, offset + count);
    return count;
  }

  close(): void {
    this.#hasEnded = true;
    this.#pieces.length = 0;
  }

  /** False when nothing has come. */
  #take(): boolean {
    const bytes = this.#source.poll();
    if (bytes === undefined) this.#hasEnded = true;
    else if (bytes.length === 0) return false;
    else {
      if (this.#received < HEAD_BYTES) {
        this.#head.set(bytes.subarray(0, HEAD_BYTES - this.#received), this.#received);
      }
      this.#pieces.push({ start: this.#received, bytes });
      this.#received += bytes.length;
      this.#forget();
    }
    return true;
  }

  #forget(): void {
    const from = this.#received - KEPT_BYTES;
    let count = 0;
    while ((this.#pieces[count + 1]?.start ?? Number.POSITIVE_INFINITY) <= from) count++;
    this.#pieces.splice(0, count);
  }

  /** What lies between the head and the kept end is gone: there are no bytes there. */
  #copy(offset: number, into: Uint8Array): number {
    let copied = 0;
    if (offset < Math.min(HEAD_BYTES, this.#received)) {
      const part = this.#head.subarray(offset, Math.min(HEAD_BYTES, this.#received)).subarray(0, into.length);
      into.set(part);
      copied = part.length;
    }
    for (const { start, bytes } of this.#pieces) {
      const at = offset + copied - start;
      if (at < 0) break;
      if (at >= bytes.length || copied === into.length) continue;
      const part = bytes.subarray(at, at + into.length - copied);
      into.set(part, copied);
      copied += part.length;
    }
    return copied;
  }
}
