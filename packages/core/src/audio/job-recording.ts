import type { ProgressEvent } from '../types.js';
import type { DecodeOptions } from './audio-source.js';

/** A recording on disk that a job decodes. */
export interface JobRecording {
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
  /** A system ffmpeg to decode with instead of the built-in decoder. */
  readonly ffmpegPath?: string;
}

export function decodeOptions({ name, ffmpegPath }: JobRecording, signal: AbortSignal): DecodeOptions {
  return { name, signal, ...(ffmpegPath === undefined ? {} : { ffmpegPath }) };
}

export function progressEvent(doneSeconds: number, totalSeconds: number | undefined): ProgressEvent {
  return {
    type: 'progress',
    progress: { doneSeconds, ...(totalSeconds === undefined ? {} : { totalSeconds }) },
  };
}
