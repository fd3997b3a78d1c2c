import { readdirSync, readFileSync } from 'node:fs';
import type { AudioInput } from '../../src/audio/audio-input.js';
import type { DecodeOptions, DecodeSummary } from '../../src/audio/audio-source.js';
import { decodeBlocks, decodeMono16k } from '../../src/audio/decode.js';
import { type EcapaError, isEcapaError } from '../../src/errors.js';
import { fixturePath } from '../reference.js';

/** What Debian's ffmpeg makes of a fixture; written by make-fixtures.sh. */
export interface Expected {
  readonly file: string;
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
  /** A channel. */
  readonly samples: number;
  /** Of the channels' mean. */
  readonly rms: number;
}

export const expectations: readonly Expected[] = JSON.parse(
  readFileSync(fixturePath('audio', 'expected.json'), 'utf8'),
);

export function audioPath(name: string): string {
  return fixturePath('audio', name);
}

export function audioBytes(name: string): Uint8Array {
  return readFileSync(audioPath(name));
}

/** Every fixture that holds audio. */
export function audioNames(): string[] {
  return readdirSync(fixturePath('audio')).filter((name) => !/\.(s16|json)$|^mute/.test(name));
}

/** 16-bit samples as float32, a channel each. */
export function readS16(name: string, channels: number): Float32Array[] {
  const bytes = audioBytes(name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length / 2 / channels;
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => view.getInt16((i * channels + channel) * 2, true) / 32768),
  );
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole file, a channel each, with its summary. Only for files of one rate and layout. */
export async function decodeAll(input: AudioInput, options: DecodeOptions = {}) {
  const decoding = await decodeBlocks(input, options);
  const parts: Float32Array[][] = [];
  for await (const { channels } of decoding.blocks) {
    channels.forEach((samples, channel) => {
      parts[channel] ??= [];
      parts[channel].push(samples);
    });
  }
  return { info: decoding.info, channels: parts.map(concat), summary: decoding.summary() };
}

export async function decodeAllMono(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<{ samples: Float32Array; summary: DecodeSummary }> {
  const decoding = await decodeMono16k(input, options);
  const parts: Float32Array[] = [];
  for await (const block of decoding.blocks) parts.push(block);
  return { samples: concat(parts), summary: decoding.summary() };
}

/** The error that decoding to the end throws; fails the test by returning undefined when there is none. */
export async function decodeError(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<EcapaError | undefined> {
  try {
    await decodeAllMono(input, options);
    return undefined;
  } catch (error) {
    if (isEcapaError(error)) return error;
    throw error;
  }
}

export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

/** The best normalised correlation of `a` with as long a piece of `b` that starts at up to `maximumStart`. */
export function bestCorrelation(a: Float32Array, b: Float32Array, maximumStart: number): number {
  const norm = rms(a) * Math.sqrt(a.length);
  let best = 0;
  for (let start = 0; start <= maximumStart; start++) {
    let product = 0;
    let power = 0;
    for (let i = 0; i < a.length; i++) {
      const x = b[start + i] ?? 0;
      product += (a[i] ?? 0) * x;
      power += x * x;
    }
    best = Math.max(best, product / (norm * Math.sqrt(power)));
  }
  return best;
}

export interface WavOptions {
  readonly channels?: number;
  readonly sampleRate?: number;
  /** 1: PCM, 3: float. */
  readonly format?: 1 | 3;
  readonly bits?: 8 | 16 | 32;
  /** The length in the header; the truth by default. */
  readonly claimedDataBytes?: number;
}

/** A WAV header of 44 bytes. */
export function wavHeader(dataBytes: number, options: WavOptions = {}): Buffer {
  const { channels = 1, sampleRate = 16000, format = 1, bits = 16, claimedDataBytes = dataBytes } = options;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(Math.min(0xffffffff, 36 + claimedDataBytes), 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(((sampleRate * channels * bits) / 8) >>> 0, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36);
  header.writeUInt32LE(claimedDataBytes, 40);
  return header;
}

export function floatWav(samples: readonly number[], options: WavOptions = {}): Buffer {
  const data = Buffer.from(Float32Array.from(samples).buffer);
  return Buffer.concat([wavHeader(data.length, { ...options, format: 3, bits: 32 }), data]);
}

/** Deterministic numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
