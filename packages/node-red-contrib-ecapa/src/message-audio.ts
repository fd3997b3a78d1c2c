import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { type AudioInput, type PcmSamples, plainlyNotPcm, SNIFF_BYTES } from '@ecapa/core';
import type { FileAccess } from './audio-access.js';
import type { Message } from './flow-node.js';
import { optionalNumber } from './settings.js';

export type AudioFormat = 'auto' | 'file' | 'pcm-s16' | 'pcm-f32';

export interface AudioHints {
  readonly format: AudioFormat;
  /** From the message, else from the node; PCM cannot do without. */
  readonly sampleRateHz: number | undefined;
  readonly channels: number;
  readonly filename: string | undefined;
}

/** What a message carries: audio data as the engine takes it, or the name of a file. */
export type MessageAudio = {
  /** What errors call it. */
  readonly name: string;
} & ({ readonly input: Exclude<AudioInput, string> } | { readonly path: string });

/** A shorter text is a path, where paths are taken; and no recording at all fits into the shortest. */
const SHORTEST_BASE64 = 1024;
const SHORTEST_AUDIO_BASE64 = 64;
const LONGEST_PATH = 4096;
/** Base64 characters decoded in one turn of the event loop. A multiple of four. */
const BASE64_SLICE = 4 * 256 * 1024;
const SAMPLES_SCHEME = 'sample:';

/** What a message states about its audio, besides the format set in the node. Throws RangeError naming the field. */
export function audioHints(message: Message, format: AudioFormat): AudioHints {
  return {
    format,
    sampleRateHz: optionalNumber('msg.sampleRate', message.sampleRate, 1000, 768_000, { whole: true }),
    channels: optionalNumber('msg.channels', message.channels, 1, 64, { whole: true }) ?? 1,
    filename: typeof message.filename === 'string' ? message.filename : undefined,
  };
}

/** Audio for the engine, after all checks. Throws what `parseAudio` and `FileAccess.open` throw. */
export async function openAudio(
  content: unknown,
  message: Message,
  hints: AudioHints,
  files: FileAccess,
): Promise<{ readonly input: AudioInput; readonly name: string }> {
  const audio = parseAudio(content, hints, files.allowsPaths(message));
  if ('input' in audio) return audio;
  const { path, name } = audio;
  if (path.startsWith(SAMPLES_SCHEME)) return { input: samplePath(path.slice(SAMPLES_SCHEME.length)), name };
  return { input: await files.open(path, message), name };
}

/**
 * What a message carries. A text is a path where paths are allowed, and base64 elsewhere. Throws
 * `TypeError`/`RangeError` stating what was found and what is accepted, never the content itself.
 */
export function parseAudio(content: unknown, hints: AudioHints, allowsPaths: boolean): MessageAudio {
  const value = ownBinary(content);
  if (typeof value === 'string') return parseText(value, hints, allowsPaths);
  if (value instanceof Float32Array || value instanceof Int16Array) {
    return { input: pcm(value, hints), name: hints.filename ?? 'PCM audio' };
  }
  if (value instanceof Uint8Array) return bytesAudio(value, hints);
  throw new TypeError(
    `No audio in the message: found ${nameOfType(value)}, expected ${allowsPaths ? 'a Buffer, a path,' : 'a Buffer,'} base64, a data URI, a Float32Array or an Int16Array.`,
  );
}

/**
 * Binary data as this code knows it; anything else as it is. What a function node makes comes from another realm
 * with its own `Float32Array`, so `instanceof` does not recognise it.
 */
export function ownBinary(value: unknown): unknown {
  if (types.isArrayBuffer(value)) return new Uint8Array(value);
  const parts = ArrayBuffer.isView(value) ? ([value.buffer, value.byteOffset] as const) : undefined;
  if (parts === undefined) return value;
  if (types.isFloat32Array(value)) return new Float32Array(...parts, value.length);
  if (types.isInt16Array(value)) return new Int16Array(...parts, value.length);
  return types.isUint8Array(value) ? new Uint8Array(...parts, value.length) : value;
}

/** Samples of raw PCM in a Buffer; a part of a sample at its end is left out. */
export function pcmOfBytes(bytes: Uint8Array, format: 'pcm-s16' | 'pcm-f32'): PcmSamples {
  const width = format === 'pcm-s16' ? 2 : 4;
  const length = Math.floor(bytes.byteLength / width);
  // Typed arrays need an aligned start, which a slice of a pooled Buffer seldom has.
  const aligned = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  return format === 'pcm-s16'
    ? new Int16Array(aligned.buffer, aligned.byteOffset, length)
    : new Float32Array(aligned.buffer, aligned.byteOffset, length);
}

function bytesAudio(bytes: Uint8Array, hints: AudioHints): MessageAudio {
  const { format, sampleRateHz, filename } = hints;
  const isPcm =
    format === 'pcm-s16' ||
    format === 'pcm-f32' ||
    (format === 'auto' && sampleRateHz !== undefined && !isPlainlyFile(bytes));
  if (!isPcm) return { input: bytes, name: filename ?? 'Buffer' };
  const samples = pcmOfBytes(bytes, format === 'pcm-f32' ? 'pcm-f32' : 'pcm-s16');
  return { input: pcm(samples, hints), name: filename ?? 'PCM audio' };
}

/** Recorders set `msg.sampleRate` on files, too: those are decoded, or refused when they hold no audio. */
function isPlainlyFile(bytes: Uint8Array): boolean {
  return plainlyNotPcm(bytes.subarray(0, SNIFF_BYTES)) !== undefined;
}

function pcm(samples: PcmSamples, { sampleRateHz, channels }: AudioHints): Exclude<AudioInput, string> {
  if (sampleRateHz === undefined) {
    throw new TypeError('sampleRate: PCM needs msg.sampleRate in hertz, for example 16000.');
  }
  return { samples, sampleRate: sampleRateHz, channels };
}

function parseText(text: string, hints: AudioHints, allowsPaths: boolean): MessageAudio {
  if (text.trim() === '') throw new TypeError('No audio in the message: the text is empty.');
  const dataUri = /^data:([^,]{0,200}),/.exec(text.slice(0, 256));
  if (dataUri !== null) {
    if (!dataUri[1]?.endsWith(';base64')) throw new TypeError('data URI: only base64 is understood.');
    return { input: base64Bytes(text, dataUri[0].length), name: hints.filename ?? 'data URI' };
  }
  const isBase64 = /^[\w+/=\s-]*$/.test(text.slice(0, 4096));
  if (isBase64 && text.length >= (allowsPaths ? SHORTEST_BASE64 : SHORTEST_AUDIO_BASE64)) {
    return { input: base64Bytes(text, 0), name: hints.filename ?? 'base64 text' };
  }
  if (!allowsPaths || text.length > LONGEST_PATH || text.includes('\0')) {
    throw new TypeError(
      `No audio in the message: found a text of ${text.length} characters, which is no base64${allowsPaths ? ' and no path' : '; this node takes no paths, at least not from the network (setting Accept)'}.`,
    );
  }
  return parsePath(text);
}

function parsePath(text: string): MessageAudio {
  // Programs end what they print with a line break.
  const path = text.replace(/[\r\n]+$/, '');
  if (path.startsWith('file:')) return { path: pathOfUrl(path), name: path };
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(path)) {
    throw new TypeError(
      'Web addresses are not fetched here: put an http request node in front, which returns a binary buffer; ecapa listen follows live streams.',
    );
  }
  return { path, name: path };
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new TypeError(`file URL: "${url}" names no file of this machine.`, { cause });
  }
}

/** The bytes of base64 text in slices, so that a large one does not hold up the runtime. */
function base64Bytes(
  text: string,
  start: number,
): AsyncIterable<Uint8Array> & { readonly byteLength: number } {
  return {
    byteLength: Math.floor((3 * (text.length - start)) / 4),
    async *[Symbol.asyncIterator]() {
      let rest = '';
      for (let at = start; at < text.length; at += BASE64_SLICE) {
        const slice = rest + text.slice(at, at + BASE64_SLICE).replace(/\s+/g, '');
        const whole = slice.length - (slice.length % 4);
        rest = slice.slice(whole);
        yield Buffer.from(slice.slice(0, whole), 'base64');
      }
      if (rest !== '') yield Buffer.from(rest, 'base64');
    },
  };
}

const SAMPLE_FILES: ReadonlyMap<string, string> = new Map([
  ['speech', 'speech-announcement.mp3'],
  ['music', 'music-band.mp3'],
  ['noise', 'noise-rain.opus'],
]);

/** A clip that comes with the package, by its short name. */
export function samplePath(name: string): string {
  const file = SAMPLE_FILES.get(name);
  const path = join(__dirname, '..', 'samples', file ?? '');
  if (file === undefined || !existsSync(path)) {
    throw new TypeError(`sample: there is no sample "${name}", only ${[...SAMPLE_FILES.keys()].join(', ')}.`);
  }
  return path;
}

function nameOfType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}
