import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { PieceSource } from '../audio/streamed-bytes.js';

/** Where a thread receives bytes: it waits for them, so that it can be inside a decoder that reads synchronously. */
export interface ByteChannel {
  readonly port: MessagePort;
  /** Grows with each message on the port, and wakes who waits. */
  readonly arrivals: Int32Array;
}

/** The sender's side, at work. */
export interface ByteFeed {
  readonly arrivals: Int32Array;
  /** Throws what the bytes' source threw; the receiver has seen the end of the bytes there. */
  throwIfFailed(): void;
  /** Sends no more. */
  stop(): void;
}

/** Pieces that may lie on the port unread. */
const PIECES_AHEAD = 4;

/** Sends bytes as they come, never more than `PIECES_AHEAD` pieces ahead of their reader. */
export function feedBytes(port: MessagePort, bytes: AsyncIterable<Uint8Array>): ByteFeed {
  const arrivals = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const iterator = bytes[Symbol.asyncIterator]();
  let credit = PIECES_AHEAD;
  let wake = (): void => undefined;
  let isStopped = false;
  let failure: { readonly error: unknown } | undefined;
  const post = (piece: Uint8Array | undefined): void => {
    port.postMessage(piece, piece === undefined ? [] : [piece.buffer as ArrayBuffer]);
    Atomics.add(arrivals, 0, 1);
    Atomics.notify(arrivals, 0);
  };
  const send = async (): Promise<void> => {
    try {
      for (let next = await iterator.next(); !next.done && !isStopped; next = await iterator.next()) {
        // A view would be sent with its whole buffer, which holds other messages.
        post(new Uint8Array(next.value));
        credit--;
        while (credit <= 0 && !isStopped) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } catch (error) {
      failure = { error };
    }
    if (!isStopped) post(undefined);
  };
  port.on('message', () => {
    credit++;
    wake();
  });
  void send();
  return {
    arrivals,
    throwIfFailed() {
      if (failure !== undefined) throw failure.error;
    },
    stop() {
      isStopped = true;
      wake();
      port.close();
      // Not awaited: a source that is stuck would never answer.
      Promise.resolve(iterator.return?.()).catch(() => undefined);
    },
  };
}

/** The receiver's side, in its thread. */
export function receivedBytes({ port, arrivals }: ByteChannel): PieceSource {
  let seen = 0;
  let hasEnded = false;
  const NONE = new Uint8Array(0);
  return {
    poll() {
      if (hasEnded) return undefined;
      seen = Atomics.load(arrivals, 0);
      const received: { message: Uint8Array | undefined } | undefined = receiveMessageOnPort(port);
      if (received === undefined) return NONE;
      if (received.message === undefined) hasEnded = true;
      else port.postMessage('taken');
      return received.message;
    },
    wait() {
      Atomics.wait(arrivals, 0, seen);
    },
  };
}
