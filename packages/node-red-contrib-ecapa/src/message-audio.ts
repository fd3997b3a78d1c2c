import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { AudioInput, PcmSamples } from '@ecapa/core';

export type AudioFormat = 'auto' | 'file' | 'pcm-s16' | 'pcm-f32';

export interface AudioHints {
  readonly format: AudioFormat;
  /** From the message, else from the node; PCM cannot do without. */
  readonly sampleRateHz: number | undefined;
  readonly channels: number;
  readonly filename: string | undefined;
}

export interface MessageAudio {
  readonly input: AudioInput;
  /** What errors call it. */
  readonly name: string;
}

/** Shorter texts are paths; audio in base64 is never so short. */
const SHORTEST_BASE64 = 1024;
/** Base64 characters decoded in one turn of the event loop. A multiple of four. */
const BASE64_SLICE = 4 * 256 * 1024;
const SAMPLES_SCHEME = 'sample:';

/**
 * What a message carries, as the engine takes it. Throws `TypeError`/`RangeError` saying what was found and
 * what is understood.
 */
export function messageAudio(content: unknown, hints: AudioHints): MessageAudio {
  const value = ownBinary(content);
  if (typeof value === 'string') return textAudio(value, hints);
  if (value instanceof Float32Array || value instanceof Int16Array) {
    return { input: pcm(value, hints), name: hints.filename ?? 'PCM audio' };
  }
  if (value instanceof Uint8Array) return bytesAudio(value, hints);
  throw new TypeError(
    `No audio in the message: found ${nameOfType(value)}, expected a Buffer, a path, base64, a data URI, a Float32Array or an Int16Array.`,
  );
}

/**
 * Binary data as this code knows it; anything else as it is. What a function node makes belongs to a realm of its
 * own, with another `Float32Array`, of which nothing here is an instance.
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
    (format === 'auto' && sampleRateHz !== undefined && !isMarkedFile(bytes));
  if (!isPcm) return { input: bytes, name: filename ?? 'Buffer' };
  const samples = pcmOfBytes(bytes, format === 'pcm-f32' ? 'pcm-f32' : 'pcm-s16');
  return { input: pcm(samples, hints), name: filename ?? 'PCM audio' };
}

/** Recorders set `msg.sampleRate` on files, too. No PCM begins with one of these marks by chance. */
function isMarkedFile(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.byteLength)).toString(
    'latin1',
  );
  return /^(RIFF....WAVE|fLaC|OggS|ID3|....ftyp)/s.test(start);
}

function pcm(samples: PcmSamples, { sampleRateHz, channels }: AudioHints): AudioInput {
  if (sampleRateHz === undefined) {
    throw new TypeError('sampleRate: PCM needs msg.sampleRate in hertz, for example 16000.');
  }
  return { samples, sampleRate: sampleRateHz, channels };
}

function textAudio(text: string, hints: AudioHints): MessageAudio {
  if (text === '') throw new TypeError('No audio in the message: the text is empty.');
  const dataUri = /^data:([^,]{0,200}),/.exec(text.slice(0, 256));
  if (dataUri !== null) {
    if (!dataUri[1]?.endsWith(';base64')) throw new TypeError('data URI: only base64 is understood.');
    return { input: base64Bytes(text, dataUri[0].length), name: hints.filename ?? 'data URI' };
  }
  if (text.startsWith('file:')) {
    const path = pathOfUrl(text);
    return { input: path, name: path };
  }
  if (/^https?:/i.test(text)) {
    throw new TypeError(
      'Web addresses are not fetched here: put an http request node in front, which returns a binary buffer.',
    );
  }
  if (text.startsWith(SAMPLES_SCHEME)) {
    const path = samplePath(text.slice(SAMPLES_SCHEME.length));
    return { input: path, name: text };
  }
  if (text.length >= SHORTEST_BASE64 && /^[\w+/=\s-]*$/.test(text.slice(0, 4096))) {
    return { input: base64Bytes(text, 0), name: hints.filename ?? 'base64 text' };
  }
  return { input: text, name: text };
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new TypeError(`file URL: "${url}" names no file of this machine.`, { cause });
  }
}

/** The bytes of base64 text in slices, so that a large one does not hold up the runtime. */
async function* base64Bytes(text: string, start: number): AsyncGenerator<Uint8Array> {
  let rest = '';
  for (let at = start; at < text.length; at += BASE64_SLICE) {
    const slice = rest + text.slice(at, at + BASE64_SLICE).replace(/\s+/g, '');
    const whole = slice.length - (slice.length % 4);
    rest = slice.slice(whole);
    yield Buffer.from(slice.slice(0, whole), 'base64');
  }
  if (rest !== '') yield Buffer.from(rest, 'base64');
}

/** A clip that comes with the package, by the name of its file without the extension. */
function samplePath(name: string): string {
  const files = { speech: 'speech-announcement.mp3', music: 'music-band.mp3', noise: 'noise-rain.opus' };
  const file = Object.entries(files).find(([key]) => key === name)?.[1];
  const path = join(__dirname, '..', 'samples', basename(file ?? ''));
  if (file === undefined || !existsSync(path)) {
    throw new TypeError(`sample: there is no sample "${name}", only ${Object.keys(files).join(', ')}.`);
  }
  return path;
}

function nameOfType(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
}
