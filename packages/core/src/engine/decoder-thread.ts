import { isMainThread, MessageChannel, parentPort, Worker, workerData } from 'node:worker_threads';
import type { AudioInfo, DecodeOptions, DecodeSummary } from '../audio/audio-source.js';
import { type DecodedGap, type Decoding, decodeMonoWithGaps } from '../audio/decode.js';
import { StreamedBytes } from '../audio/streamed-bytes.js';
import { EcapaError, type ErrorData, fromErrorData, toErrorData } from '../errors.js';
import { type ByteChannel, type ByteFeed, feedBytes, receivedBytes } from './byte-channel.js';
import { PushQueue } from './push-queue.js';

/** What a decoder thread is started with. */
interface DecodeRequest {
  readonly decode: {
    /** A path, or where the bytes of a stream arrive. */
    readonly input: string | ByteChannel;
    readonly options: Pick<DecodeOptions, 'name' | 'channel' | 'track'>;
  };
}

export interface ThreadDecodeOptions extends Pick<DecodeOptions, 'channel' | 'track'> {
  readonly name: string;
  readonly signal: AbortSignal;
}

type FromThread =
  | { readonly type: 'opened'; readonly info: AudioInfo }
  | { readonly type: 'block'; readonly samples: Float32Array | DecodedGap }
  | { readonly type: 'end'; readonly summary: DecodeSummary }
  | { readonly type: 'failed'; readonly error: ErrorData };

/**
 * Blocks (seconds) that a thread may be ahead: two batches of windows and some. With half of them the decoder had nothing to do
 * while a batch was computed, and the batch after it waited; with twice as many an hour took 15 MB more.
 */
const BLOCKS_AHEAD = 16;
/** Decoded audio passes through; little of it lives long. The decoder's own memory is not counted here. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 };

/** A decoding in a thread. */
export interface ThreadDecoding extends Decoding<Float32Array | DecodedGap> {
  /** True when all that the thread has sent was read: of a live stream, more may be long in coming. */
  readonly isDry: () => boolean;
}

/** True in a thread that `decodeInThread` has started. */
export function isDecoderThread(): boolean {
  return !isMainThread && typeof workerData === 'object' && workerData !== null && 'decode' in workerData;
}

/**
 * What `decodeMonoWithGaps` does for a path or, while they come, for the bytes of a stream, in a thread beside the caller's, so that decoding goes on while the caller's thread is
 * inside an inference. The thread runs `program`, by default the one that this process runs; it must call
 * `serveDecoderThread` when `isDecoderThread` is true.
 * (Inference itself stays out of threads: see docs/decisions/2026-11-24-worker-processes.md.)
 *
 * @throws EcapaError as `decodeMonoWithGaps`, and DECODER_FAILED when the thread dies; what a stream throws is thrown
 *   behind what was decoded of it
 */
export async function decodeInThread(
  input: string | AsyncIterable<Uint8Array>,
  { signal, ...options }: ThreadDecodeOptions,
  program = process.argv[1] ?? '',
): Promise<ThreadDecoding> {
  const { thread, feed } = startThread(input, options, program);
  const { messages, isDry, close } = messagesOf(thread, feed, options.name, signal);
  try {
    const first = await messages.next();
    if (first.done || first.value.type !== 'opened')
      throw new TypeError('a decoder thread must begin with opened');
    let summary: DecodeSummary | undefined;
    const blocks = async function* (): AsyncGenerator<Float32Array | DecodedGap> {
      try {
        for await (const message of messages) {
          if (message.type === 'end') {
            feed?.throwIfFailed();
            summary = message.summary;
            return;
          }
          if (message.type !== 'block') continue;
          thread.postMessage('more');
          yield message.samples;
        }
      } finally {
        await close();
      }
    };
    return {
      info: first.value.info,
      isDry,
      blocks: blocks(),
      summary() {
        if (summary === undefined) throw new TypeError('summary() is known once blocks has ended');
        return summary;
      },
      close,
    };
  } catch (error) {
    await close();
    feed?.throwIfFailed();
    throw error;
  }
}

function startThread(
  input: string | AsyncIterable<Uint8Array>,
  options: DecodeRequest['decode']['options'],
  program: string,
): { readonly thread: Worker; readonly feed: ByteFeed | undefined } {
  const resourceLimits = HEAP_LIMITS;
  if (typeof input === 'string') {
    const request: DecodeRequest = { decode: { input, options } };
    return { thread: new Worker(program, { workerData: request, resourceLimits }), feed: undefined };
  }
  const { port1, port2 } = new MessageChannel();
  const feed = feedBytes(port1, input);
  const request: DecodeRequest = { decode: { input: { port: port2, arrivals: feed.arrivals }, options } };
  const thread = new Worker(program, { workerData: request, transferList: [port2], resourceLimits });
  return { thread, feed };
}

/** A thread's messages in order; its failures and its end are thrown where the next one is asked for. */
function messagesOf(
  thread: Worker,
  feed: ByteFeed | undefined,
  name: string,
  signal: AbortSignal,
): { readonly messages: AsyncGenerator<FromThread>; readonly isDry: () => boolean; close(): Promise<void> } {
  const queue = new PushQueue<FromThread>();
  const died = (how: string, cause?: unknown): void => {
    const message = `${name}: the decoder ended (${how}). Convert it to WAV or FLAC first.`;
    queue.fail(new EcapaError('DECODER_FAILED', message, { file: name, cause }));
  };
  const stop = (): void => {
    queue.drop();
    queue.fail(new EcapaError('CANCELLED', `${name}: cancelled.`, { file: name, cause: signal.reason }));
  };
  thread.on('message', (message: FromThread) => {
    if (message.type === 'failed') queue.fail(fromErrorData(message.error));
    else queue.push(message);
  });
  thread.on('error', (error) => died(error.message, error));
  thread.on('exit', (code) => died(`exit code ${code}`));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    messages: queue[Symbol.asyncIterator](),
    isDry: () => queue.isEmpty,
    async close() {
      signal.removeEventListener('abort', stop);
      feed?.stop();
      await thread.terminate(); // whatever it is doing
    },
  };
}

/** The thread's side: decodes what it was started for, never more than `BLOCKS_AHEAD` blocks ahead. */
export async function serveDecoderThread(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new TypeError('not a thread');
  const { input, options } = (workerData as DecodeRequest).decode;
  const post = (message: FromThread, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  let credit = BLOCKS_AHEAD;
  let wake: (() => void) | undefined;
  port.on('message', () => {
    credit++;
    wake?.();
  });
  try {
    const { name = 'audio stream' } = options;
    const source = typeof input === 'string' ? input : new StreamedBytes(name, receivedBytes(input));
    const decoding = await decodeMonoWithGaps(source, options);
    post({ type: 'opened', info: decoding.info });
    for await (const samples of decoding.blocks) {
      while (credit === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      credit--;
      post(
        { type: 'block', samples },
        samples instanceof Float32Array ? [samples.buffer as ArrayBuffer] : [],
      );
    }
    post({ type: 'end', summary: decoding.summary() });
  } catch (error) {
    post({ type: 'failed', error: toErrorData(error, 'DECODER_FAILED') });
  } finally {
    // Nothing else keeps the thread. Deno's port cannot be closed; there the thread lives until it is ended.
    if ('close' in port) port.close();
    if (typeof input !== 'string') input.port.close();
  }
}
