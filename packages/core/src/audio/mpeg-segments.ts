import { type MpegAudioFrame, mpegAudioFrame } from './mpeg-frames.js';

/** A piece of an endless stream that can be decoded by itself. */
export interface MpegSegment {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Sound at its beginning that the segment before has, too: there for the decoder to warm up on. */
  readonly overlapSeconds: number;
}

/** Frames that are repeated: an MP3 frame may hold bits of some before it, and the first one's overlap is missing. */
const OVERLAP_FRAMES = 6;
/** Beyond this no further frame is expected. */
const LONGEST_SEARCH_BYTES = 64 * 1024;

/** Cuts a stream of MPEG audio or AAC (as web radios send) into segments of whole frames. Pure. */
export class MpegSegmenter {
  readonly #segmentSeconds: number;
  #pending = Buffer.alloc(0);
  #frames: Buffer[] = [];
  #overlapSeconds = 0;
  #seconds = 0;
  #skippedBytes = 0;

  constructor(segmentSeconds: number) {
    this.#segmentSeconds = segmentSeconds;
  }

  /** True when so much came in without a frame that this can be no such stream. */
  get isLost(): boolean {
    return this.#skippedBytes > LONGEST_SEARCH_BYTES;
  }

  push(bytes: Uint8Array): readonly MpegSegment[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const segments: MpegSegment[] = [];
    let at = 0;
    while (at + 6 <= this.#pending.length) {
      const frame = mpegAudioFrame(this.#pending.subarray(at, at + 6));
      if (frame === undefined || !this.#isFollowed(at, frame)) {
        if (frame !== undefined && at + frame.bytes + 6 > this.#pending.length) break; // the rest is on its way
        at++;
        this.#skippedBytes++;
        continue;
      }
      this.#skippedBytes = 0;
      this.#take(this.#pending.subarray(at, at + frame.bytes), frame);
      at += frame.bytes;
      if (this.#seconds >= this.#segmentSeconds) segments.push(this.#cut(frame));
    }
    this.#pending = this.#pending.subarray(at);
    return segments;
  }

  #isFollowed(at: number, frame: MpegAudioFrame): boolean {
    const next = at + frame.bytes;
    if (next + 6 > this.#pending.length) return false;
    return mpegAudioFrame(this.#pending.subarray(next, next + 6))?.sampleRate === frame.sampleRate;
  }

  #take(bytes: Buffer, { samples, sampleRate }: MpegAudioFrame): void {
    this.#frames.push(Buffer.from(bytes));
    this.#seconds += samples / sampleRate;
  }

  #cut({ samples, sampleRate }: MpegAudioFrame): MpegSegment {
    const segment = { bytes: Buffer.concat(this.#frames), overlapSeconds: this.#overlapSeconds };
    this.#frames = this.#frames.slice(-OVERLAP_FRAMES);
    this.#overlapSeconds = (this.#frames.length * samples) / sampleRate;
    this.#seconds = 0;
    return segment;
  }
}
