import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { EcapaError, type ErrorCode } from '../errors.js';
import { type ByteSource, throwIfCancelled } from './audio-input.js';
import type {
  AudioInfo,
  BlockSource,
  DecodeEnding,
  DecodeOptions,
  SourceBlock,
  TrackChoice,
} from './audio-source.js';
import { channelIndex } from './channel-choice.js';
import { FfmpegLog } from './ffmpeg-log.js';
import { type MonoConverter, openMonoConverter } from './mono-converter.js';
import { refusal } from './refusals.js';

/** As in decoder/decoder.c: beyond it a sample is a broken file's. */
const MAX_MAGNITUDE = 2 ** 32;

/**
 * Starts an `ffmpeg` program (4.0 or later) on `input`, which must have a path. It writes float WAV at the
 * file's own rate and with its own channels; what it reports about the file is read from its log. It may open
 * that one file and nothing else: playlists cannot make it fetch anything.
 *
 * @throws EcapaError DECODER_MISSING when `ffmpegPath` cannot be run, CANCELLED, else as `openWithWasm`
 */
export async function openWithSystemFfmpeg(
  input: ByteSource,
  ffmpegPath: string,
  options: DecodeOptions = {},
): Promise<BlockSource> {
  const { signal, track, decoderPath } = options;
  if (input.path === undefined) throw new TypeError('input must have a path');
  const child = spawn(ffmpegPath, argumentsFor(input.path, track), {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', kill, { once: true });
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', kill);
    kill();
    // Some systems do not remove a file that a program still has open.
    const isRunning = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    if (isRunning) await once(child, 'exit');
    input.close();
  };

  try {
    const log = new FfmpegLog();
    const ended = endOf(child, log);
    const failedToStart = once(child, 'error').then(([cause]: unknown[]) => {
      throw missing(ffmpegPath, cause);
    });
    // The first event decides; the other must not count as unhandled.
    failedToStart.catch(() => {});
    const pcm = new PcmReader(child.stdout);
    const found = await Promise.race([pcm.readHeader(), failedToStart]);
    throwIfCancelled(signal, input.name);
    if (!found) {
      await ended;
      throwIfCancelled(signal, input.name);
      const { codec, container, lastError } = log;
      throw refusal(refusalCode(log, track), input.name, { codec, container, reason: lastError });
    }
    await Promise.race([log.mapped, ended]);

    return {
      info: infoOf(input.name, pcm, log),
      durationIsExact: log.inputStreams === 1 && !log.durationIsGuess,
      converter: () =>
        openMonoConverter({ name: input.name, channelIndex: channelIndex(options.channel), decoderPath }),
      async *turns(visit): AsyncGenerator<void, DecodeEnding, undefined> {
        for await (const block of pcm.blocks()) {
          throwIfCancelled(signal, input.name);
          visit(block);
          yield;
        }
        const code = await ended;
        throwIfCancelled(signal, input.name);
        return { badPackets: log.badPackets, brokenOff: log.brokenOff || code !== 0 };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function argumentsFor(path: string, track: TrackChoice | undefined): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info'],
    ...['-protocol_whitelist', 'file', '-i', `file:${path}`],
    ...(track === undefined
      ? []
      : ['-map', typeof track === 'number' ? `0:a:${track - 1}` : `0:a:m:language:${track}`]),
    ...['-vn', '-sn', '-dn', '-c:a', 'pcm_f32le', '-bitexact', '-f', 'wav', 'pipe:1'],
  ];
}

/** A file without the track that was asked for looks like one without audio. */
function refusalCode(log: FfmpegLog, track: TrackChoice | undefined): ErrorCode {
  const code = log.refusalCode();
  return code === 'NO_AUDIO_STREAM' && track !== undefined && log.codec !== '' ? 'NO_SUCH_TRACK' : code;
}

function missing(ffmpegPath: string, cause: unknown): EcapaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EcapaError(
    'DECODER_MISSING',
    `${ffmpegPath}: this ffmpeg could not be started (${reason}). Check the path, or leave it out to use ` +
      'the decoder that comes along.',
    { file: ffmpegPath, cause },
  );
}

/** Reads the log to its end; resolves with the exit code once the program is gone. */
async function endOf(child: ChildProcess, log: FfmpegLog): Promise<number | null> {
  const { stderr } = child;
  if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => log.read(line));
  const [code] = (await once(child, 'close').catch(() => [null])) as [number | null];
  return code;
}

function infoOf(name: string, pcm: PcmReader, log: FfmpegLog): AudioInfo {
  const seconds = log.durationIsGuess ? undefined : log.durationSeconds;
  return {
    name,
    container: log.container,
    codec: log.codec,
    sampleRate: pcm.sampleRate,
    channels: pcm.channels,
    ...(seconds === undefined ? {} : { declaredDurationSeconds: seconds }),
  };
}

/** Takes float WAV apart as it streams in. Its sizes are placeholders: it ends when the stream ends. */
class PcmReader {
  sampleRate = 0;
  channels = 0;
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stdout: Readable) {
    this.#chunks = stdout[Symbol.asyncIterator]();
  }

  /** False when the stream ends before its data begins. */
  async readHeader(): Promise<boolean> {
    if (!(await this.#hold(12))) return false;
    this.#drop(12);
    while (await this.#hold(8)) {
      const kind = this.#held.toString('latin1', 0, 4);
      const size = this.#held.readUInt32LE(4);
      this.#drop(8);
      if (kind === 'data') return this.channels > 0;
      if (!(await this.#hold(size))) return false;
      if (kind === 'fmt ') {
        this.channels = this.#held.readUInt16LE(2);
        this.sampleRate = this.#held.readUInt32LE(4);
      }
      this.#drop(size + (size % 2));
    }
    return false;
  }

  async *blocks(): AsyncGenerator<SourceBlock, void, undefined> {
    const frameBytes = this.channels * Float32Array.BYTES_PER_ELEMENT;
    do {
      const frames = Math.floor(this.#held.length / frameBytes);
      if (frames === 0) continue;
      const bytes = this.#held.subarray(0, frames * frameBytes);
      // A copy: the bytes need not lie where floats may.
      const samples = new Float32Array(new Uint8Array(bytes).buffer);
      this.#drop(bytes.length);
      yield new PcmBlock(samples, this.channels, this.sampleRate);
    } while (await this.#hold(this.#held.length + 1));
  }

  #drop(bytes: number): void {
    this.#held = this.#held.subarray(bytes);
  }

  async #hold(bytes: number): Promise<boolean> {
    while (this.#held.length < bytes) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    }
    return true;
  }
}

/** Interleaved samples. Gaps do not show: ffmpeg leaves out what it cannot decode. */
class PcmBlock implements SourceBlock {
  readonly sampleRate: number;
  readonly length: number;
  readonly lostSeconds = 0;
  readonly startSeconds = undefined;
  readonly #samples: Float32Array;
  readonly #channelCount: number;

  constructor(samples: Float32Array, channelCount: number, sampleRate: number) {
    this.#samples = samples;
    this.#channelCount = channelCount;
    this.sampleRate = sampleRate;
    this.length = samples.length / channelCount;
  }

  get unusableAt(): number {
    const found = this.#samples.findIndex((sample) => !(Math.abs(sample) <= MAX_MAGNITUDE));
    return found < 0 ? -1 : Math.floor(found / this.#channelCount);
  }

  silence(): void {
    this.#samples.fill(0);
  }

  channels(): Float32Array[] {
    return Array.from({ length: this.#channelCount }, (_, channel) =>
      Float32Array.from(
        { length: this.length },
        (_, i) => this.#samples[i * this.#channelCount + channel] as number,
      ),
    );
  }

  pushTo(converter: MonoConverter): void {
    converter.pushInterleaved(this.#samples, this.#channelCount, this.sampleRate);
  }
}
