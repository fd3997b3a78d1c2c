import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findAsset } from '../assets.js';
import { EcapaError } from '../errors.js';

/** File name of the decoder, wherever it lies. Built from `decoder/`. */
export const DECODER_FILE = 'ecapa-decoder.wasm';

/** What `decoder/decoder.c` exports. Pointers are byte offsets into `memory`. */
export interface DecoderExports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  decoder_probe(): number;
  decoder_start(track: number): number;
  decoder_next(): number;
  decoder_plane(channel: number): number;
  decoder_block_channels(): number;
  decoder_block_samples(): number;
  decoder_block_rate(): number;
  decoder_block_position(): number;
  decoder_block_bytes(): number;
  decoder_block_seconds(): number;
  decoder_block_unusable_at(): number;
  decoder_block_silence(): void;
  decoder_mono_input(channels: number, samples: number, rate: number): number;
  decoder_mono_push(channel: number): number;
  decoder_mono_end_run(): number;
  decoder_mono_output(): number;
  decoder_mono_output_length(): number;
  decoder_mono_take(samples: number): void;
  decoder_mono_opposite_seconds(): number;
  decoder_channels(): number;
  decoder_sample_rate(): number;
  decoder_codec(): number;
  decoder_container(): number;
  decoder_tracks(): number;
  decoder_track(): number;
  decoder_track_language(track: number): number;
  decoder_track_title(track: number): number;
  decoder_track_codec(track: number): number;
  decoder_track_channels(track: number): number;
  decoder_track_rate(track: number): number;
  decoder_streams(): number;
  decoder_declared_seconds(): number;
  decoder_bad_packets(): number;
  decoder_broke_off(): number;
  decoder_clock_is_lost(): number;
  decoder_error_text(): number;
}

/** What `decoder/decoder.c` imports beyond what a C library needs. */
export interface DecoderHost {
  /** Below 0 for a stream, which is read once from its beginning to its end. */
  readonly sizeBytes: number;
  /** Fills `into`; returns how many bytes, 0 at the end, -1 on failure. Must not throw. */
  readAt(offset: number, into: Uint8Array): number;
}

/**
 * Path of the decoder. Without `decoderPath` it is looked for where the package keeps it, then beside the
 * running module, where a bundle puts it.
 *
 * @throws EcapaError DECODER_MISSING
 */
export function locateDecoder(decoderPath?: string): string {
  const candidates = decoderPath === undefined ? defaultPlaces() : [resolve(decoderPath)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new EcapaError(
    'DECODER_MISSING',
    `${DECODER_FILE} was not found at ${candidates.join(' or ') || 'any known place'}. Reinstall the ` +
      'package, or name the file as `decoderPath`.',
    { file: candidates[0] },
  );
}

function defaultPlaces(): string[] {
  const asset = findAsset(join('decoder', DECODER_FILE));
  return asset === undefined ? [] : [asset];
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** The compiled decoder; compiled once in a process. */
export function loadDecoderModule(path: string): Promise<WebAssembly.Module> {
  let module = compiled.get(path);
  if (module === undefined) {
    module = readFile(path)
      .then((bytes) => WebAssembly.compile(bytes))
      .catch((cause: unknown) => {
        compiled.delete(path);
        throw new EcapaError(
          'DECODER_MISSING',
          `${path}: the decoder could not be loaded (${cause instanceof Error ? cause.message : String(cause)}). ` +
            'Reinstall the package.',
          { file: path, cause },
        );
      });
    compiled.set(path, module);
  }
  return module;
}

/** A fresh decoder: memory of its own, nothing shared with any other file's. */
export function instantiateDecoder(module: WebAssembly.Module, host: DecoderHost): DecoderExports {
  let memory: WebAssembly.Memory | undefined;
  const bytesAt = (pointer: number, length: number): Uint8Array =>
    new Uint8Array(memory?.buffer ?? new ArrayBuffer(0), pointer, length);
  const notSupported = (): number => WASI_ENOSYS;
  const instance = new WebAssembly.Instance(module, {
    host: {
      size: () => host.sizeBytes,
      read_at: (offset: number, pointer: number, size: number) => host.readAt(offset, bytesAt(pointer, size)),
    },
    env: { emscripten_notify_memory_growth: () => {} },
    // The C library's way out. FFmpeg's libraries only ask for the time (as a seed) and may abort.
    wasi_snapshot_preview1: {
      clock_time_get: (_clock: number, _precision: bigint, pointer: number) => {
        bytesAt(pointer, 8).fill(0);
        return 0;
      },
      proc_exit: (code: number) => {
        throw new WebAssembly.RuntimeError(`the decoder gave up with code ${code}`);
      },
      environ_sizes_get: (countPointer: number, sizePointer: number) => {
        bytesAt(countPointer, 4).fill(0);
        bytesAt(sizePointer, 4).fill(0);
        return 0;
      },
      environ_get: () => 0,
      fd_close: notSupported,
      fd_read: notSupported,
      fd_write: notSupported,
      fd_seek: notSupported,
      fd_fdstat_get: notSupported,
    },
  });
  const exports = instance.exports as unknown as DecoderExports;
  memory = exports.memory;
  exports._initialize();
  return exports;
}

const WASI_ENOSYS = 52;

/** A zero-terminated string in the decoder's memory. */
export function stringAt({ memory }: DecoderExports, pointer: number): string {
  const bytes = new Uint8Array(memory.buffer, pointer);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
