import { type ByteSource, inputError } from './audio-input.js';
import { firstFrameAt, JoinedFrames, mayBeFrames, promisedBytes } from './joined-frames.js';
import { endOfFrames } from './trailing-tags.js';

/** An input as the decoder reads it. */
export interface DecoderInput {
  /** Below 0 for what is read once, from its beginning to its end. */
  readonly sizeBytes: number;
  /** Its info frame tells of the first of several files that were joined. */
  readonly isJoined: boolean;
  readAt(offset: number, into: Uint8Array): number;
  /** Of a stream: all that has come has been read. */
  isDry(): boolean;
}

/** Of a file that was joined, what its info frame promises is exceeded by more than this share. */
const JOINED_SHARE = 1 / 16;

/**
 * Frames of MPEG audio are read from their beginning to their end, of a file as of a stream: both sound the same then.
 * Throws an EcapaError where the input cannot be read.
 */
export function decoderInput(input: ByteSource): DecoderInput {
  try {
    return input.isDry === undefined ? ofFile(input) : ofStream(input, input.isDry);
  } catch (error) {
    throw inputError(input.name, error);
  }
}

/** True when a stream that has ended has tags behind its audio. */
export function hasTrailingTags(input: ByteSource): boolean {
  try {
    return endOfFrames(input) < input.sizeBytes;
  } catch (error) {
    throw inputError(input.name, error);
  }
}

function ofFile(input: ByteSource): DecoderInput {
  const endBytes = endOfFrames(input);
  const readAt = (offset: number, into: Uint8Array): number =>
    // Damaged indexes name places that no file has.
    offset < endBytes ? input.readAt(offset, into.subarray(0, Math.min(into.length, endBytes - offset))) : 0;
  const frameAt = firstFrameAt({ readAt });
  if (frameAt === undefined) return { sizeBytes: endBytes, isJoined: false, readAt, isDry: () => false };
  const promised = promisedBytes({ readAt }, frameAt) ?? Number.POSITIVE_INFINITY;
  const isJoined = endBytes - frameAt > promised * (1 + JOINED_SHARE);
  const frames = new JoinedFrames({ readAt });
  return {
    sizeBytes: -1,
    isJoined,
    readAt: (offset, into) => frames.readAt(offset, into),
    isDry: () => false,
  };
}

function ofStream(input: ByteSource, isSourceDry: () => boolean): DecoderInput {
  const frames = mayBeFrames(input) ? new JoinedFrames(input) : undefined;
  return {
    sizeBytes: -1,
    isJoined: false,
    readAt: (offset, into) => (frames ?? input).readAt(offset, into),
    isDry: () => frames?.isEmpty !== false && isSourceDry(),
  };
}
