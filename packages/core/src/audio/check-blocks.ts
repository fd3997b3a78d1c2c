import type { EcapaError } from '../errors.js';
import type { BlockSource, DecodeEnding, DecodeSummary, SourceBlock } from './audio-source.js';
import { refusal } from './refusals.js';

/** More bad packets than this and than good blocks: rubbish that a decoder took for audio. */
const FEW_BAD_PACKETS = 8;
/** Rounding in containers stays under this; so does a last packet's worth. */
const DURATION_SLACK_SECONDS = 0.2;
/** A clock in milliseconds, less what a codec needs to start, is not finer. */
const LEAST_START_SECONDS = 0.01;
/** A clock that begins later is damaged: to fill what comes before the audio would take hours and a full disk. */
const LATEST_START_SECONDS = 24 * 3600;
/** The most that encoders put before and behind the audio, and decoders cut off: MP3's delay, and up to two frames. */
const TRIMMED_SAMPLES = 3456;

/**
 * Looks at a decoder's blocks as they come, and judges at the end whether any audio is missing.
 *
 * Samples that are not usable numbers are refused where the file itself stores floating-point samples. From
 * any other codec they come of damaged packets and become silence, counted as bad packets.
 */
export class BlockChecker {
  readonly #source: Pick<BlockSource, 'info' | 'durationIsExact'>;
  #startSeconds: number | undefined;
  #seconds = 0;
  #lostSeconds = 0;
  #goodBlocks = 0;
  #silencedBlocks = 0;

  constructor(source: Pick<BlockSource, 'info' | 'durationIsExact'>) {
    this.#source = source;
  }

  /** Where the audio begins on the file's clock; 0 before the first block and for files without a clock. */
  get startSeconds(): number {
    return this.#startSeconds ?? 0;
  }

  /** Where the audio that has come ends on the file's clock. */
  get endSeconds(): number {
    return this.startSeconds + this.#seconds + this.#lostSeconds;
  }

  /**
   * The next block in; silences it when it is unusable. False when there is nothing in it.
   *
   * @throws EcapaError NON_FINITE_SAMPLES
   */
  check(block: SourceBlock): boolean {
    const { length, sampleRate, unusableAt } = block;
    if (unusableAt >= 0) {
      const { name, codec } = this.#source.info;
      if (keepsFloats(codec)) throw notFinite(name, this.#seconds + unusableAt / sampleRate);
      this.#silencedBlocks++;
      block.silence();
    }
    if (length === 0) return false;
    // How much was lost before the first block is unknown, but its clock may show when it is due.
    if (this.#startSeconds === undefined) {
      const { startSeconds = 0 } = block;
      const isMeant = startSeconds >= LEAST_START_SECONDS && startSeconds <= LATEST_START_SECONDS;
      this.#startSeconds = isMeant ? startSeconds : 0;
    }
    this.#seconds += length / sampleRate;
    this.#lostSeconds += block.lostSeconds;
    this.#goodBlocks++;
    return true;
  }

  /**
   * @param isCut the container shows that its end is missing
   * @throws EcapaError NO_SAMPLES, CORRUPT_AUDIO
   */
  summarise(ending: DecodeEnding, isCut: boolean): DecodeSummary {
    return summarise(
      this.#source,
      {
        seconds: this.#seconds,
        endSeconds: this.endSeconds,
        lostSeconds: this.#lostSeconds,
        goodBlocks: this.#goodBlocks,
      },
      {
        ...ending,
        badPackets: ending.badPackets + this.#silencedBlocks,
        brokenOff: ending.brokenOff || isCut,
      },
    );
  }
}

/** Codecs that store floating-point samples as they were given. */
function keepsFloats(codec: string): boolean {
  return codec.startsWith('pcm_') || codec === 'wavpack';
}

function notFinite(name: string, atSeconds: number): EcapaError {
  return refusal('NON_FINITE_SAMPLES', name, { reason: `the first at ${atSeconds.toFixed(3)} s` });
}

/** What came out of a decoder. */
interface Heard {
  readonly seconds: number;
  /** On the file's clock. */
  readonly endSeconds: number;
  readonly lostSeconds: number;
  readonly goodBlocks: number;
}

function summarise(
  source: Pick<BlockSource, 'info' | 'durationIsExact'>,
  heard: Heard,
  ending: DecodeEnding,
): DecodeSummary {
  const { seconds, goodBlocks } = heard;
  const { name, codec, declaredDurationSeconds = 0 } = source.info;
  const { badPackets } = ending;
  if (badPackets > Math.max(goodBlocks, FEW_BAD_PACKETS)) {
    const reason = `${badPackets} bad packets, ${goodBlocks} good ones`;
    throw refusal('CORRUPT_AUDIO', name, { codec, reason });
  }
  if (seconds === 0) {
    const hadMore = declaredDurationSeconds > 0 || badPackets > 0 || ending.brokenOff;
    throw hadMore ? refusal('CORRUPT_AUDIO', name, { codec }) : refusal('NO_SAMPLES', name);
  }
  const partialReason = missing(source, heard, ending);
  return {
    durationSeconds: seconds,
    badPackets,
    partial: partialReason !== undefined,
    ...(partialReason === undefined ? {} : { partialReason }),
  };
}

function missing(
  { info, durationIsExact }: Pick<BlockSource, 'info' | 'durationIsExact'>,
  { endSeconds: end, lostSeconds }: Heard,
  { badPackets, brokenOff, clockIsLost = false }: DecodeEnding,
): string | undefined {
  const declared = info.declaredDurationSeconds;
  const slack = Math.max(DURATION_SLACK_SECONDS, TRIMMED_SAMPLES / info.sampleRate);
  if (durationIsExact && !clockIsLost && declared !== undefined && end < declared * 0.999 - slack) {
    return `the file ends after ${end.toFixed(1)} of ${declared.toFixed(1)} s`;
  }
  if (brokenOff) return `the file breaks off after ${end.toFixed(1)} s`;
  if (lostSeconds > 0)
    return `about ${lostSeconds.toFixed(lostSeconds < 0.1 ? 2 : 1)} s of it are damaged and left out`;
  if (badPackets > 0) return `${badPackets} damaged packet${badPackets === 1 ? ' was' : 's were'} skipped`;
  return undefined;
}
