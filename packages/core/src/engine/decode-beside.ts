import type { DecodedGap, Decoding } from '../audio/decode.js';
import { decodeInThread } from './decoder-thread.js';
import { workerPath } from './worker-path.js';

/**
 * A file as mono at 16 kHz, a second a block, decoded in its own thread: the caller's event loop is not blocked. Throws
 * as `decodeMono16k` does, and DECODER_FAILED when the thread dies.
 */
export function decodeBeside(
  path: string,
  options: { readonly name: string; readonly signal: AbortSignal },
): Promise<Decoding<Float32Array | DecodedGap>> {
  return decodeInThread(path, options, workerPath());
}
