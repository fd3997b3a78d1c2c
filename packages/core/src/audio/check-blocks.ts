import type { EcapaError } from '../errors.js';
import { throwIfCancelled } from './audio-input.js';
import type { AudioBlock, BlockSource, DecodeEnding, DecodeSummary } from './audio-source.js';
import { findUnusableSample } from './mixdown.js';
import { refusal } from './refusals.js';

/** More bad packets than this and than good blocks: rubbish that a decoder took for audio. */
const FEW_BAD_PACKETS = 8;
/** Encoder delay and rounding in containers stay under this; so does a last packet's worth. */
const DURATION_SLACK_SECONDS = 0.2;

/**
 * Passes a decoder's blocks on as long as they make sense, and judges at the end whether any is missing.
 *
 * Samples that are not usable numbers are refused where the file itself stores floating-point samples. From
 * any other codec they come of damaged packets and become silence, counted as bad packets.
 *
 * @param isCut the container shows that its end is missing
 * @throws EcapaError NON_FINITE_SAMPLES, NO_SAMPLES, CORRUPT_AUDIO, CANCELLED, and what `source` throws
 */
export async function* checkBlocks(
  source: BlockSource,
  isCut: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<AudioBlock, DecodeSummary, undefined> {
  const { info } = source;
  const blocks = source.blocks();
  let seconds = 0;
  let lostSeconds = 0;
  let goodBlocks = 0;
  let silencedBlocks = 0;
  for (;;) {
    const next = await blocks.next();
    throwIfCancelled(signal, info.name);
    if (next.done) {
      const badPackets = next.value.badPackets + silencedBlocks;
      const brokenOff = next.value.brokenOff || isCut;
      return summarise(source, { seconds, lostSeconds, goodBlocks }, { badPackets, brokenOff });
    }
    const block = next.value;
    const unusableAt = findUnusable(block);
    if (unusableAt >= 0) {
      if (keepsFloats(info.codec)) throw notFinite(info.name, seconds + unusableAt / block.sampleRate);
      silencedBlocks++;
      for (const channel of block.channels) channel.fill(0);
    }
    const length = block.channels[0]?.length ?? 0;
    if (length === 0) continue;
    seconds += length / block.sampleRate;
    lostSeconds += block.lostSeconds ?? 0;
    goodBlocks++;
    yield block;
  }
}

function findUnusable({ channels }: AudioBlock): number {
  const found = channels.map(findUnusableSample).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
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
  readonly lostSeconds: number;
  readonly goodBlocks: number;
}

function summarise(source: BlockSource, heard: Heard, ending: DecodeEnding): DecodeSummary {
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
  { info, durationIsExact }: BlockSource,
  { seconds, lostSeconds }: Heard,
  { badPackets, brokenOff }: DecodeEnding,
): string | undefined {
  const declared = info.declaredDurationSeconds;
  const end = seconds + lostSeconds;
  if (durationIsExact && declared !== undefined && end < declared * 0.999 - DURATION_SLACK_SECONDS) {
    return `the file ends after ${end.toFixed(1)} of ${declared.toFixed(1)} s`;
  }
  if (brokenOff) return `the file breaks off after ${end.toFixed(1)} s`;
  if (lostSeconds > 0) return `about ${lostSeconds.toFixed(1)} s of it are damaged and left out`;
  if (badPackets > 0) return `${badPackets} damaged packet${badPackets === 1 ? ' was' : 's were'} skipped`;
  return undefined;
}
