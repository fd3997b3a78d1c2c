import { type DecodedGap, type Decoding, decodeMonoWithGaps } from '../audio/decode.js';
import { firstMpegFrame, SNIFF_BYTES, sniff } from '../audio/sniff.js';
import { decodeInThread, type ThreadDecoding } from './decoder-thread.js';
import type { JobAudioOptions } from './job-audio.js';
import type { JobSource } from './protocol.js';

/**
 * The audio of a stream of bytes: decoded while they come, in a thread that may wait for them, where the format can be
 * read from its beginning to its end. Another one is copied into a temporary file first, as is everything for an ffmpeg
 * of the user's.
 */
export async function decodeStream(
  { name, channel, track, copyLimitBytes }: Extract<JobSource, { readonly kind: 'bytes' }>,
  bytes: AsyncIterable<Uint8Array>,
  { ffmpegPath, signal }: JobAudioOptions,
): Promise<Decoding<Float32Array | DecodedGap> & Partial<ThreadDecoding>> {
  const { head, all } = await withHead(bytes);
  const options = { name, channel, track, signal };
  const startBytes = ffmpegPath === undefined && canRunThreads() ? startOfStream(head) : undefined;
  if (startBytes === undefined) return decodeMonoWithGaps(all, { ...options, ffmpegPath, copyLimitBytes });
  return decodeInThread(from(all, startBytes), options);
}

/** Run from its sources, the program is TypeScript, which a thread cannot load. */
export function canRunThreads(): boolean {
  return process.argv[1]?.endsWith('.ts') !== true;
}

/** From where on a stream that begins so can be decoded as it comes; undefined where it cannot. */
function startOfStream(head: Uint8Array): number | undefined {
  const { kind, streams } = sniff(head);
  if (streams) return 0;
  // Radio begins anywhere: in the middle of a frame, which nothing recognises.
  const frameAt = kind === 'unknown' ? firstMpegFrame(head) : -1;
  if (frameAt >= 0) return frameAt;
  // Not audio, which is reported at once.
  return (kind === 'foreign' && head.length > 0) || kind === 'headless' ? 0 : undefined;
}

/** A stream's first bytes, and all of it. */
async function withHead(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < SNIFF_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    pieces.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(pieces);
  return { head, all: prepended(head, iterator) };
}

async function* prepended(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** Without its first bytes, which lie in its first piece. */
async function* from(
  bytes: AsyncIterable<Uint8Array>,
  startBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const piece of bytes) {
    yield isFirst ? piece.subarray(startBytes) : piece;
    isFirst = false;
  }
}
