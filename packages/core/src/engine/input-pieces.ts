import { iteratorOf } from './piece-sender.js';
import type { SourcePiece } from './protocol.js';

/** Sources go to the worker in pieces of this many values, so that no single message holds up the host. */
const PIECE_VALUES = 64 * 1024;

/** Throws TypeError or RangeError naming the field of PCM that is none. */
export function checkPcm(samples: unknown, sampleRate: unknown, channels: unknown): void {
  if (samples !== undefined && !(samples instanceof Float32Array) && !(samples instanceof Int16Array)) {
    throw new TypeError('samples: expected a Float32Array or an Int16Array');
  }
  if (typeof sampleRate !== 'number' || !(sampleRate >= 1000 && sampleRate <= 768_000)) {
    throw new RangeError(`sampleRate: expected 1000 to 768000 hertz, got ${String(sampleRate)}`);
  }
  if (!Number.isInteger(channels) || (channels as number) < 1 || (channels as number) > 64) {
    throw new RangeError(`channels: expected 1 to 64, got ${String(channels)}`);
  }
}

/** Throws TypeError for a piece of a stream of bytes that is something else. */
export function checkBytes(piece: unknown): void {
  if (piece instanceof Uint8Array) return;
  throw new TypeError('bytes: expected Uint8Array chunks; give the stream no encoding');
}

/** Views of whole frames (one value per channel); nothing is copied here. */
export function* pieces<Piece extends SourcePiece>(samples: Piece, channels: number): Generator<Piece> {
  const step = Math.max(1, Math.floor(PIECE_VALUES / channels)) * channels;
  for (let start = 0; start < samples.length; start += step)
    yield samples.subarray(start, start + step) as Piece;
}

/**
 * Pieces of a live source. No generator: its `return` would wait behind a `next` that a stuck source never
 * answers, and the source would not hear that no more is wanted.
 */
export function splitPieces<Piece extends SourcePiece>(
  blocks: AsyncIterable<Piece>,
  channels: number,
  check: (piece: Piece) => void,
): AsyncIterable<Piece> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = iteratorOf(blocks);
      const close = async (): Promise<void> => void (await source.return?.());
      let current: Iterator<Piece> = [].values();
      return {
        next: async () => {
          for (;;) {
            const piece = current.next();
            if (!piece.done) return piece;
            const next = await source.next();
            if (next.done) return { done: true, value: undefined };
            try {
              check(next.value);
            } catch (error) {
              await close();
              throw error;
            }
            current = pieces(next.value, channels)[Symbol.iterator]();
          }
        },
        return: async () => {
          await close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
