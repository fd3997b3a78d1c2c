import type { ByteSource } from './audio-input.js';
import { TAG_HEAD_BYTES, tagBytes } from './mpeg-tags.js';

/** Where a block of audio lies in its file. */
export interface BlockPlace {
  /** Byte offset of the packet that it came out of, and that packet's size; below 0 where unknown. */
  readonly positionBytes: number;
  readonly sizeBytes: number;
  /** When it is due by the file's own clock; below 0 where the file has none. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
  /** Packets since the block before that were reported as bad. */
  readonly badPackets: number;
}

/** FFmpeg's names of formats that are frames one after another: their clock only counts the frames that were found. */
const BARE_FRAMES = new Set(['mp3', 'aac', 'loas', 'ac3', 'eac3', 'dts']);
/**
 * True when a format's clock (FFmpeg's name for it) shows where in the file its audio begins. FLAC's counts frames of
 * the recording that a file may have been cut out of.
 */
export function showsItsStart(format: string): boolean {
  return !BARE_FRAMES.has(format) && format !== 'flac';
}

/** Clocks in milliseconds jitter, and encoders skip a packet of silence now and then. */
const CLOCK_SLACK_SECONDS = 0.1;
/** Without a promised duration to check them by, longer jumps of the clock are damage to the clock itself. */
const LONGEST_JUMP_SECONDS = 3600;
/** With one too, as it may itself be damaged. */
const LONGEST_CHECKED_JUMP_SECONDS = 24 * 3600;
const MOST_TAGS = 8;

/**
 * Measures for each block how much audio is missing before it, so that what comes after damage keeps its time. In files
 * with a clock it is the jump of the clock. In bare frames it is the skipped bytes, divided by the bytes per second of
 * the sound frames so far: exact at a constant bit rate. Without either, bad packets count as packets.
 */
export function createLossMeter(
  format: string,
  declaredSeconds: number | undefined,
  bytes: Pick<ByteSource, 'readAt'>,
): (place: BlockPlace) => number {
  let before: BlockPlace | undefined;
  let soundBytes = 0;
  let soundSeconds = 0;
  let firstSeconds = 0;

  const byBytes = (place: BlockPlace, previous: BlockPlace): number => {
    const from = previous.positionBytes + previous.sizeBytes;
    const skipped = place.positionBytes - endOfTags(bytes, from, place.positionBytes);
    // Smaller differences are normal: a frame may be read ahead.
    return skipped > 2 * place.sizeBytes ? (skipped / soundBytes) * soundSeconds : 0;
  };
  const byClock = (place: BlockPlace, previous: BlockPlace): number => {
    const due = endOf(previous);
    const jump = place.startSeconds - due;
    const longest =
      declaredSeconds === undefined
        ? LONGEST_JUMP_SECONDS
        : Math.min(LONGEST_CHECKED_JUMP_SECONDS, firstSeconds + declaredSeconds - due);
    return jump > CLOCK_SLACK_SECONDS && jump <= longest ? jump : 0;
  };

  return (reported) => {
    const previous = before;
    const place = previous === undefined ? reported : afterOneOfItsPacket(reported, previous);
    before = place;
    // Most formats do not count what comes before the audio into its duration.
    if (previous === undefined) firstSeconds = Math.max(0, place.startSeconds);
    let lost = 0;
    // Nothing counts before the first block: decoders often need a packet to start.
    if (previous !== undefined) {
      if (!BARE_FRAMES.has(format)) {
        if (place.startSeconds >= 0 && previous.startSeconds >= 0) lost = byClock(place, previous);
      } else if (place.positionBytes >= 0 && previous.positionBytes >= 0) lost = byBytes(place, previous);
      if (lost === 0) lost = place.badPackets * previous.durationSeconds;
    }
    soundBytes += place.sizeBytes;
    soundSeconds += place.durationSeconds;
    return lost;
  };
}

/** Blocks of one packet (a damaged one may hold several frames) are due one after another, although it has one time only. */
function afterOneOfItsPacket(place: BlockPlace, previous: BlockPlace): BlockPlace {
  const isOfOnePacket = place.positionBytes >= 0 && place.positionBytes === previous.positionBytes;
  const isLate = place.startSeconds >= 0 && place.startSeconds < endOf(previous);
  return isOfOnePacket && isLate ? { ...place, startSeconds: endOf(previous) } : place;
}

function endOf({ startSeconds, durationSeconds }: BlockPlace): number {
  return startSeconds + durationSeconds;
}

/** Where tags that begin at `from` end: files that were joined have them in the middle, and they hold no audio. */
function endOfTags(bytes: Pick<ByteSource, 'readAt'>, from: number, to: number): number {
  const head = new Uint8Array(TAG_HEAD_BYTES);
  let at = from;
  for (let tags = 0; tags < MOST_TAGS && at < to; tags++) {
    const length = tagBytes(head.subarray(0, Math.max(0, bytes.readAt(at, head))));
    if (length === 0) break;
    at += length;
  }
  return at;
}
