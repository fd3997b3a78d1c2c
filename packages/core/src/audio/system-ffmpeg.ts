import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ErrorCode } from '../errors.js';
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
import { expectFfmpeg, firstFrameSeconds, notStarted } from './ffmpeg-program.js';
import { showsItsStart } from './lost-audio.js';
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
  const named = inputArguments(input.path, track);
  const child = start(ffmpegPath, named);
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
      throw notStarted(ffmpegPath, cause);
    });
    // The first event decides; the other must not count as unhandled.
    failedToStart.catch(() => {});
    const pcm = new PcmReader(child.stdout);
    const found = await Promise.race([pcm.readHeader(), failedToStart]);
    throwIfCancelled(signal, input.name);
    if (!found) {
      kill(); // what is no WAV may go on without end
      await ended;
      throwIfCancelled(signal, input.name);
      if (log.format === '') await expectFfmpeg(ffmpegPath);
      const { codec, container, lastError } = log;
      throw refusal(refusalCode(log, track), input.name, { codec, container, reason: lastError });
    }
    await Promise.race([log.mapped, ended]);
    const startSeconds = await startOf(log, () => firstFrameSeconds(ffmpegPath, named, signal));

    return {
      info: infoOf(input.name, pcm, log),
      durationIsExact: log.inputStreams === 1 && !log.durationIsGuess,
      converter: () =>
        openMonoConverter({ name: input.name, channelIndex: channelIndex(options.channel), decoderPath }),
      async *turns(visit): AsyncGenerator<void, DecodeEnding, undefined> {
        for await (const block of pcm.blocks(startSeconds)) {
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

function inputArguments(path: string, track: TrackChoice | undefined): string[] {
  return [
    ...['-protocol_whitelist', 'file', '-i', `file:${path}`],
    ...(track === undefined
      ? []
      : ['-map', typeof track === 'number' ? `0:a:${track - 1}` : `0:a:m:language:${track}`]),
  ];
}

function start(ffmpegPath: string, input: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const parameters = [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info'],
    ...input,
    ...['-vn', '-sn', '-dn', '-c:a', 'pcm_f32le', '-bitexact', '-f', 'wav', 'pipe:1'],
  ];
  try {
    return spawn(ffmpegPath, parameters, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  } catch (cause) {
    throw notStarted(ffmpegPath, cause); // of some mistakes it does not tell by an event
  }
}

/**
 * Where the audio begins, as decoder/decoder.c counts: MP4 and Matroska from 0, others from their first stream. Of a
 * single stream the log tells; beside others it has to be asked for.
 */
async function startOf(
  { format, startSeconds = 0, inputStreams }: FfmpegLog,
  ask: () => Promise<number | undefined>,
): Promise<number | undefined> {
  if (!showsItsStart(format)) return undefined;
  const origin = /^(mov,|matroska)/.test(format) ? 0 : Math.max(0, startSeconds);
  const first = inputStreams === 1 ? startSeconds : await ask();
  return first === undefined ? undefined : first - origin;
}

/** A file without the track that was asked for looks like one without audio. */
function refusalCode(log: FfmpegLog, track: TrackChoice | undefined): ErrorCode {
  const code = log.refusalCode();
  return code === 'NO_AUDIO_STREAM' && track !== undefined && log.codec !== '' ? 'NO_SUCH_TRACK' : code;
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
    if (!(await this.#hold(12)) || this.#held.toString('latin1', 0, 4) !== 'RIFF') return false;
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

  /** @param startSeconds when the first of them begins by the file's clock */
  async *blocks(startSeconds: number | undefined): AsyncGenerator<SourceBlock, void, undefined> {
    const frameBytes = this.channels * Float32Array.BYTES_PER_ELEMENT;
    do {
      const frames = Math.floor(this.#held.length / frameBytes);
      if (frames === 0) continue;
      const bytes = this.#held.subarray(0, frames * frameBytes);
      // A copy: the bytes need not lie where floats may.
      const samples = new Float32Array(new Uint8Array(bytes).buffer);
      this.#drop(bytes.length);
      yield new PcmBlock(samples, this.channels, this.sampleRate, startSeconds);
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

/** Interleaved samples. Gaps within do not show: ffmpeg leaves out what it cannot decode. */
class PcmBlock implements SourceBlock {
  readonly sampleRate: number;
  readonly length: number;
  readonly lostSeconds = 0;
  /** Of the first block; nobody asks for others'. */
  readonly startSeconds: number | undefined;
  readonly #samples: Float32Array;
  readonly #channelCount: number;

  constructor(
    samples: Float32Array,
    channelCount: number,
    sampleRate: number,
    startSeconds: number | undefined,
  ) {
    this.startSeconds = startSeconds;
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
