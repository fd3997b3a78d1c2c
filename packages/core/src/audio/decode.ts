import { checkOptions } from '../check-options.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { type AudioInput, type ByteSource, throwIfCancelled } from './audio-input.js';
import {
  type AudioBlock,
  type AudioInfo,
  type BlockSource,
  DECODE_CHECKS,
  type DecodeEnding,
  type DecodeOptions,
  type DecodeSummary,
  type SourceBlock,
} from './audio-source.js';
import { channelIndex, checkTrack } from './channel-choice.js';
import { BlockChecker } from './check-blocks.js';
import type { MonoConverter } from './mono-converter.js';
import { openSource } from './open-source.js';

/** A decoding at work. Read `blocks` to the end, or `close` it. */
export interface Decoding<Block> {
  readonly info: AudioInfo;
  /** To be iterated once. Ending it early closes the decoding. */
  readonly blocks: AsyncIterable<Block>;
  /** How it went; throws before `blocks` has ended. */
  summary(): DecodeSummary;
  /** Frees the decoder, the file and any temporary file; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Any audio file as mono at 16 kHz, a second a block: channels averaged, then resampled by torchaudio's
 * kernel (`MonoConverter`).
 *
 * Memory does not grow with the length. A file cut short is decoded as far as it goes and its summary is
 * `partial`. Compute happens on the caller's thread, in turns of about 20 ms.
 *
 * @throws EcapaError FILE_NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY, EMPTY_FILE, READ_FAILED, DISK_FULL,
 *   NOT_AUDIO, NO_AUDIO_STREAM, NO_SUCH_TRACK, UNSUPPORTED_CODEC, UNSUPPORTED_LAYOUT, CORRUPT_AUDIO,
 *   DECODER_FAILED, DECODER_MISSING, CANCELLED; while iterating also NO_SUCH_CHANNEL, NO_SAMPLES and
 *   NON_FINITE_SAMPLES; TypeError, RangeError for a wrong `channel` or `track`
 */
export async function decodeMono16k(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<Decoding<Float32Array>> {
  checkOptions(options, DECODE_CHECKS);
  const decoding = await decodeMonoWithGaps(input, options);
  return { ...decoding, blocks: samplesOnly(decoding.blocks, options.gapsAsSilence ?? false) };
}

/** Audio that is missing where the file is damaged: about so much. Whole samples at 16 kHz. */
export interface DecodedGap {
  readonly gapSeconds: number;
  /** True when nothing is damaged: by the file's own clock its audio begins later than the file. */
  readonly isStart?: boolean;
}

/** As `decodeMono16k`, and a notice where audio is missing (the block before it may be shorter). */
export async function decodeMonoWithGaps(
  input: AudioInput | ByteSource,
  options: DecodeOptions = {},
): Promise<Decoding<Float32Array | DecodedGap>> {
  channelIndex(options.channel);
  return startDecoding(input, options, async function* ({ source, checker }, finish) {
    const converter = await source.converter();
    const collector = new MonoCollector(converter, checker);
    const turns = source.turns((block) => collector.add(block));
    for (;;) {
      const turn = await turns.next();
      if (turn.done) {
        collector.endRun();
        yield* collector.take();
        const seconds = converter.oppositePhaseSeconds;
        finish(turn.value, seconds > 0 ? { oppositePhaseSeconds: seconds } : {});
        return;
      }
      yield* collector.take();
    }
  });
}

async function* samplesOnly(
  blocks: AsyncIterable<Float32Array | DecodedGap>,
  gapsAsSilence: boolean,
): AsyncGenerator<Float32Array> {
  for await (const block of blocks) {
    if (block instanceof Float32Array) yield block;
    else if (gapsAsSilence) yield* silence(block.gapSeconds, SAMPLE_RATE_HZ);
  }
}

/** A second at a time. */
function* silence(seconds: number, sampleRate: number): Generator<Float32Array> {
  const length = Math.round(seconds * sampleRate);
  for (let at = 0; at < length; at += sampleRate) yield new Float32Array(Math.min(sampleRate, length - at));
}

/** Any audio file as it is: planar blocks at its own rate. Otherwise like `decodeMono16k`. */
export async function decodeBlocks(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<Decoding<AudioBlock>> {
  checkOptions(options, DECODE_CHECKS);
  return startDecoding(input, options, async function* ({ source, checker }, finish) {
    const waiting: AudioBlock[] = [];
    let isFirst = true;
    const turns = source.turns((block) => {
      if (!checker.check(block)) return;
      const { sampleRate } = block;
      const startSeconds = isFirst ? checker.startSeconds : 0;
      isFirst = false;
      const lostSeconds = options.gapsAsSilence ? startSeconds + block.lostSeconds : block.lostSeconds;
      waiting.push({
        channels: block.channels(),
        sampleRate,
        ...(lostSeconds > 0 ? { lostSeconds } : {}),
        ...(startSeconds > 0 && !options.gapsAsSilence ? { startSeconds } : {}),
      });
    });
    for (;;) {
      const turn = await turns.next();
      for (const block of waiting.splice(0)) {
        if (options.gapsAsSilence) yield* silentBlocks(block);
        yield block;
      }
      if (turn.done) return finish(turn.value);
    }
  });
}

/** What is missing before a block, as silence of its shape. */
function* silentBlocks({ channels, sampleRate, lostSeconds = 0 }: AudioBlock): Generator<AudioBlock> {
  for (const quiet of silence(lostSeconds, sampleRate)) {
    yield { channels: channels.map(() => quiet), sampleRate };
  }
}

/** Blocks on their way to mono at 16 kHz. Gaps are as long as brings what follows to the sample where it is due. */
class MonoCollector {
  readonly #converter: MonoConverter;
  readonly #checker: BlockChecker;
  readonly #ready: (Float32Array | DecodedGap)[] = [];
  /** Samples of output, gaps included, from the beginning of the file's clock. */
  #length = 0;
  #hasBegun = false;

  constructor(converter: MonoConverter, checker: BlockChecker) {
    this.#converter = converter;
    this.#checker = checker;
  }

  add(block: SourceBlock): void {
    const before = this.#checker.endSeconds;
    if (!this.#checker.check(block)) return;
    if (!this.#hasBegun) this.#gapUntil(this.#checker.startSeconds, true);
    else if (block.lostSeconds > 0) {
      this.endRun();
      this.#gapUntil(before + block.lostSeconds, false);
    }
    this.#hasBegun = true;
    block.pushTo(this.#converter);
    for (let samples = this.#converter.takeBlock(); samples; samples = this.#converter.takeBlock()) {
      this.#push(samples);
    }
  }

  endRun(): void {
    this.#converter.endRun();
    for (let samples = this.#converter.takeRest(); samples; samples = this.#converter.takeRest()) {
      this.#push(samples);
    }
  }

  /** What is ready, each but once. */
  take(): (Float32Array | DecodedGap)[] {
    return this.#ready.splice(0);
  }

  #push(samples: Float32Array): void {
    this.#ready.push(samples);
    this.#length += samples.length;
  }

  #gapUntil(seconds: number, isStart: boolean): void {
    const samples = Math.round(seconds * SAMPLE_RATE_HZ) - this.#length;
    if (samples <= 0) return;
    this.#ready.push({ gapSeconds: samples / SAMPLE_RATE_HZ, ...(isStart ? { isStart } : {}) });
    this.#length += samples;
  }
}

/** Called once all blocks are out; throws when the input was not audio. */
type Finish = (ending: DecodeEnding, more?: Pick<DecodeSummary, 'oppositePhaseSeconds'>) => void;

async function startDecoding<Block>(
  input: AudioInput | ByteSource,
  options: DecodeOptions,
  blocksOf: (
    opened: { readonly source: BlockSource; readonly checker: BlockChecker },
    finish: Finish,
  ) => AsyncGenerator<Block, void, undefined>,
): Promise<Decoding<Block>> {
  checkTrack(options.track);
  const { source, isCut } = await openSource(input, options);
  const { info } = source;
  const checker = new BlockChecker(source);
  let summary: DecodeSummary | undefined;
  const finish: Finish = (ending, more = {}) => {
    summary = { ...checker.summarise(ending, isCut()), ...more };
  };
  const run = async function* (): AsyncGenerator<Block, void, undefined> {
    let hasEnded = false;
    try {
      for await (const block of blocksOf({ source, checker }, finish)) {
        yield block;
        throwIfCancelled(options.signal, info.name);
      }
      hasEnded = true;
    } finally {
      await source.close(hasEnded);
    }
  };
  return {
    info,
    blocks: run(),
    summary() {
      if (summary === undefined) throw new TypeError('summary() is known once blocks has ended');
      return summary;
    },
    close: () => source.close(),
  };
}
