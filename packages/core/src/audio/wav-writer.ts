import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporarySibling, writeError } from '../files.js';
import { markTemporary, removeLeftBehind, unmarkTemporary } from '../temporary-paths.js';

/** How samples are stored: 16- or 24-bit integers, or 32-bit floats. */
export type SampleFormat = 'pcm16' | 'pcm24' | 'float32';

/** Channels, sample rate in Hz and sample format of a WAV file. */
export interface WavShape {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly format: SampleFormat;
}

const BYTES: Record<SampleFormat, number> = { pcm16: 2, pcm24: 3, float32: 4 };
const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;
/** Tail of the sub-format GUIDs of WAVE_FORMAT_EXTENSIBLE, after the two bytes of the format itself. */
const GUID_TAIL = Uint8Array.of(0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113);
/** Samples encoded at once. */
const CHUNK_FRAMES = 65_536;

/**
 * Writes a WAV file of any length piece by piece, under a temporary name until it is finished. Above 4 GiB
 * it becomes RF64 (EBU Tech 3306), for whose `ds64` chunk a `JUNK` chunk keeps the place.
 *
 * All methods throw `DISK_FULL`, `PERMISSION_DENIED`, `IS_DIRECTORY` or `WRITE_FAILED`.
 */
export class WavWriter {
  readonly path: string;
  readonly #shape: WavShape;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #header: Uint8Array;
  #frames = 0;
  #isClosed = false;

  private constructor(path: string, shape: WavShape, temporary: string, file: FileHandle) {
    this.path = path;
    this.#shape = shape;
    this.#temporary = temporary;
    this.#file = file;
    this.#header = wavHeader(shape, 0);
  }

  static async create(path: string, shape: WavShape): Promise<WavWriter> {
    const temporary = temporarySibling(path);
    await removeLeftBehind(dirname(path));
    markTemporary(temporary);
    try {
      const file = await open(temporary, 'wx');
      const writer = new WavWriter(path, shape, temporary, file);
      await writer.#append(writer.#header);
      return writer;
    } catch (cause) {
      unmarkTemporary(temporary);
      throw writeError(path, cause);
    }
  }

  /** Samples per channel written so far. */
  get frameCount(): number {
    return this.#frames;
  }

  /** Appends samples [from, to) of planar channels; without `channels`, as many zeros. */
  async write(channels: readonly Float32Array[] | undefined, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += CHUNK_FRAMES) {
      const end = Math.min(to, at + CHUNK_FRAMES);
      await this.#append(encodeFrames(channels, at, end, this.#shape));
      this.#frames += end - at;
    }
  }

  /** Completes the header and gives the file its name. */
  async finish(): Promise<void> {
    try {
      const dataBytes = this.#frames * this.#shape.channels * BYTES[this.#shape.format];
      if (dataBytes % 2 === 1) await this.#append(new Uint8Array(1));
      const header = wavHeader(this.#shape, this.#frames);
      await this.#file.write(header, 0, header.length, 0);
      await this.#file.sync();
      await this.#close();
      await rename(this.#temporary, this.path);
      unmarkTemporary(this.#temporary);
    } catch (cause) {
      await this.abort();
      throw writeError(this.path, cause);
    }
  }

  /** Leaves nothing behind. Does nothing after `finish`. */
  async abort(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
    unmarkTemporary(this.#temporary);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      // writeFile on a handle continues where the last write ended and never stops half-way silently.
      await this.#file.writeFile(bytes);
    } catch (cause) {
      await this.abort();
      throw writeError(this.path, cause);
    }
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close();
  }
}

/** RIFF header up to the first sample, for so many samples per channel. */
export function wavHeader({ sampleRate, channels, format }: WavShape, frames: number): Uint8Array {
  const frameBytes = channels * BYTES[format];
  const dataBytes = frames * frameBytes;
  const isExtensible = channels > 2 || format === 'pcm24';
  const formatBytes = isExtensible ? 40 : 16;
  const length = 12 + 36 + 8 + formatBytes + (format === 'float32' ? 12 : 0) + 8;
  const riffBytes = length - 8 + dataBytes + (dataBytes % 2);
  const isLarge = riffBytes > 0xffff_ffff;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const text = (value: string): void => {
    for (const letter of value) view.setUint8(at++, letter.charCodeAt(0));
  };
  const u16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value: number): void => {
    view.setUint32(at, isLarge && value > 0xffff_ffff ? 0xffff_ffff : value, true);
    at += 4;
  };
  const u64 = (value: number): void => {
    view.setBigUint64(at, BigInt(value), true);
    at += 8;
  };
  text(isLarge ? 'RF64' : 'RIFF');
  u32(isLarge ? 0xffff_ffff : riffBytes);
  text('WAVE');
  text(isLarge ? 'ds64' : 'JUNK');
  u32(28);
  u64(isLarge ? riffBytes : 0);
  u64(isLarge ? dataBytes : 0);
  u64(isLarge ? frames : 0);
  u32(0);
  text('fmt ');
  u32(formatBytes);
  const tag = format === 'float32' ? FORMAT_FLOAT : FORMAT_PCM;
  u16(isExtensible ? FORMAT_EXTENSIBLE : tag);
  u16(channels);
  u32(sampleRate);
  u32(sampleRate * frameBytes);
  u16(frameBytes);
  u16(8 * BYTES[format]);
  if (isExtensible) {
    u16(22);
    u16(8 * BYTES[format]);
    u32(0); // No speaker positions: which channel is which is not known here.
    u16(tag);
    bytes.set(GUID_TAIL, at);
    at += GUID_TAIL.length;
  }
  if (format === 'float32') {
    text('fact');
    u32(4);
    u32(isLarge ? 0xffff_ffff : frames);
  }
  text('data');
  u32(isLarge ? 0xffff_ffff : dataBytes);
  return bytes;
}

function encodeFrames(
  channels: readonly Float32Array[] | undefined,
  from: number,
  to: number,
  shape: WavShape,
): Uint8Array {
  const size = BYTES[shape.format];
  const bytes = new Uint8Array((to - from) * shape.channels * size);
  if (channels === undefined) return bytes;
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let frame = from; frame < to; frame++) {
    for (const channel of channels) {
      const sample = channel[frame] ?? 0;
      if (shape.format === 'float32') view.setFloat32(at, sample, true);
      else if (shape.format === 'pcm16') view.setInt16(at, clampedInteger(sample, 0x8000), true);
      else {
        const value = clampedInteger(sample, 0x80_0000);
        view.setUint16(at, value & 0xffff, true);
        view.setInt8(at + 2, value >> 16);
      }
      at += size;
    }
  }
  return bytes;
}

/** `scale` is full scale, one more than the largest value. */
function clampedInteger(sample: number, scale: number): number {
  return Math.max(-scale, Math.min(scale - 1, Math.round(sample * scale)));
}
