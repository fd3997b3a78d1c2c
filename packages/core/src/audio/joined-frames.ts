import type { ByteSource } from './audio-input.js';
import { mpegAudioFrame } from './mpeg-frames.js';
import { TAG_HEAD_BYTES, tagBytes } from './mpeg-tags.js';

type Bytes = Pick<ByteSource, 'readAt'>;

/** As much as tells a frame, an info frame or a tag by its beginning. */
const HEAD_BYTES = 48;
const FRAME_HEAD_BYTES = 6;
const WINDOW_BYTES = 1 << 16;
const MOST_TAGS = 8;
/** So many frames of one rate, one after another, are no accident. AAC's are up to 8 KiB long. */
const FRAMES_OF_A_RUN = 4;
const RUN_BYTES = FRAMES_OF_A_RUN << 13;

/** True for what begins with a frame, or with tags that frames may follow. */
export function mayBeFrames(bytes: Bytes): boolean {
  const head = headAt(bytes, 0);
  return mpegAudioFrame(head) !== undefined || tagBytes(head.subarray(0, TAG_HEAD_BYTES)) > 0;
}

/** Where the frames of a file begin that holds nothing but MPEG audio or AAC in frames, and tags; undefined for others. */
export function firstFrameAt(bytes: Bytes): number | undefined {
  let at = 0;
  for (let tags = 0; tags <= MOST_TAGS; tags++) {
    const head = headAt(bytes, at);
    const length = tagBytes(head.subarray(0, TAG_HEAD_BYTES));
    if (length === 0) return mpegAudioFrame(head) === undefined ? undefined : at;
    at += length;
  }
  return undefined;
}

/** The length that an info frame gives, in bytes from that frame on; undefined where it gives none. */
export function promisedBytes(bytes: Bytes, frameAt: number): number | undefined {
  const head = headAt(bytes, frameAt);
  const at = infoAt(head);
  if (at === undefined || hasMark(head, at, 'VBRI')) return undefined;
  const info = headAt(bytes, frameAt + at);
  const view = new DataView(info.buffer, info.byteOffset, info.length);
  if (info.length < 16) return undefined;
  const [hasFrames, hasBytes] = [1, 2].map((flag) => (view.getUint32(4) & flag) !== 0);
  return hasBytes ? view.getUint32(hasFrames ? 12 : 8) : undefined;
}

/**
 * A file of frames as if it had been made in one piece. Where several were joined, tags and info frames (Xing, Info,
 * VBRI) lie in the middle. They hold no audio, but FFmpeg's parser makes a damaged frame of the first and its decoder
 * silence of the second. What is damaged is passed on as it is. To be read once, from its beginning to its end.
 */
export class JoinedFrames implements Bytes {
  readonly #source: Bytes;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  /** What of the window has not been passed on, and where in the source the next bytes for it lie. */
  #from = 0;
  #to = 0;
  #sourceAt = 0;
  /** Bytes to be passed on before the next look, and those that have been. */
  #left = 0;
  #given = 0;
  #hasFrames = false;
  /** The last frame or tag ended here: this can be one too. */
  #isInStep = true;

  constructor(source: Bytes) {
    this.#source = source;
  }

  /** True when nothing that has been read of the source waits here. */
  get isEmpty(): boolean {
    return this.#from === this.#to;
  }

  readAt(offset: number, into: Uint8Array): number {
    if (offset !== this.#given) return 0; // it is gone
    let count = 0;
    while (count < into.length) {
      // With something in hand, what may be long in coming is not waited for.
      if (count > 0 && this.#to - this.#from < (this.#left > 0 ? 1 : HEAD_BYTES)) break;
      if (this.#left === 0) this.#left = this.#passOver();
      const part = this.#peek(1).subarray(0, Math.min(this.#left, into.length - count));
      if (part.length === 0) break;
      into.set(part, count);
      count += part.length;
      this.#from += part.length;
      this.#left -= part.length;
    }
    this.#given += count;
    return count;
  }

  /** Passes over what is no audio. Returns how many bytes are to be passed on then, 0 at the end. */
  #passOver(): number {
    for (;;) {
      const head = this.#peek(HEAD_BYTES);
      const frame = mpegAudioFrame(head);
      if (frame !== undefined && !(this.#hasFrames && infoAt(head) !== undefined)) {
        this.#hasFrames = true;
        this.#isInStep = true;
        return frame.bytes;
      }
      const length = frame?.bytes ?? (this.#isInStep ? tagBytes(head.subarray(0, TAG_HEAD_BYTES)) : 0);
      if (length === 0) {
        this.#isInStep = false;
        return bytesToFrame(head.length < HEAD_BYTES ? head : this.#peek(1));
      }
      if (!this.#hasFrames) return length; // the demuxer reads the tags in front itself
      if (frame === undefined) this.#skipTag(length);
      else this.#skip(length);
    }
  }

  /** Passes over a tag, but not over frames in it: with a damaged length it would take the audio behind it away. */
  #skipTag(bytes: number): void {
    for (let left = bytes; ; ) {
      const part = this.#peek(Math.min(left, WINDOW_BYTES)).subarray(0, left);
      const run = runOfFramesAt(part);
      const isLast = part.length < WINDOW_BYTES;
      const count = run ?? (isLast ? part.length : part.length - RUN_BYTES); // a run may begin here and end later
      this.#skip(count);
      if (isLast || run !== undefined) return;
      left -= count;
    }
  }

  /** What comes next, at least so many bytes, unless the source ends. */
  #peek(bytes: number): Uint8Array {
    if (this.#to - this.#from < bytes) {
      this.#window.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
      while (this.#to < bytes) {
        const got = this.#source.readAt(this.#sourceAt, this.#window.subarray(this.#to));
        if (got <= 0) break;
        this.#to += got;
        this.#sourceAt += got;
      }
    }
    return this.#window.subarray(this.#from, this.#to);
  }

  #skip(bytes: number): void {
    const here = Math.min(bytes, this.#to - this.#from);
    this.#from += here;
    this.#sourceAt += bytes - here;
  }
}

/** How far it is to where a frame may begin: all but what a frame's header could begin in, where none is seen. */
function bytesToFrame(bytes: Uint8Array): number {
  for (let at = 1; at + FRAME_HEAD_BYTES <= bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const frame = mpegAudioFrame(bytes.subarray(at, at + FRAME_HEAD_BYTES));
    if (frame === undefined) continue;
    const next = bytes.subarray(at + frame.bytes, at + frame.bytes + FRAME_HEAD_BYTES);
    if (next.length < FRAME_HEAD_BYTES || mpegAudioFrame(next) !== undefined) return at;
  }
  return Math.max(1, bytes.length - FRAME_HEAD_BYTES + 1);
}

/** Where a run of frames begins. */
function runOfFramesAt(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const rate = mpegAudioFrame(bytes.subarray(at, at + FRAME_HEAD_BYTES))?.sampleRate;
    let end = at;
    let count = 0;
    while (rate !== undefined && count < FRAMES_OF_A_RUN) {
      const frame = mpegAudioFrame(bytes.subarray(end, end + FRAME_HEAD_BYTES));
      if (frame?.sampleRate !== rate) break;
      end += frame.bytes;
      count++;
    }
    if (count === FRAMES_OF_A_RUN) return at;
  }
  return undefined;
}

/** Where in a frame of layer III its information begins, if it has that in the place of audio. */
function infoAt(head: Uint8Array): number | undefined {
  const [, version = 0, , mode = 0] = head;
  if ((version & 0x06) !== 0x02) return undefined;
  const isMono = mode >> 6 === 3;
  const at = (version & 0x18) === 0x18 ? (isMono ? 21 : 36) : isMono ? 13 : 21;
  if (hasMark(head, at, 'Xing') || hasMark(head, at, 'Info')) return at;
  return hasMark(head, 36, 'VBRI') ? 36 : undefined;
}

function headAt(bytes: Bytes, at: number): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  return head.subarray(0, Math.max(0, bytes.readAt(at, head)));
}

/** Every frame is asked, so that no string is made of its bytes. */
function hasMark(bytes: Uint8Array, at: number, mark: string): boolean {
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark.charCodeAt(i)) return false;
  return true;
}
