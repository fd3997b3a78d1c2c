import { join } from 'node:path';
import { EcapaError } from '../errors.js';
import type { StretchEmbedder } from '../stretches.js';
import type { Embedding } from '../types.js';
import { conditionClip } from './conditioning.js';
import { EMBEDDING, WAVEFORM } from './ecapa-graph.js';
import { frameCount, MEL_BANDS } from './fbank.js';
import { LOG_MEL } from './front-end-graph.js';
import { loadModelDirectory, type ModelInfo, ONNX_FILE_NAME } from './model-file.js';
import { OnnxFile } from './onnx-parts.js';
import { splitAtPooling } from './piece-sums-graph.js';
import { loadRuntime } from './session/load-runtime.js';
import { type RuntimeChoice, runtimeChoice } from './session/runtime-choice.js';
import { type FloatTensor, type RuntimeInfo, reasonOf, type Session } from './session/session.js';
import { StretchNetwork } from './stretch-network.js';

/**
 * Longest waveform `embed` and `logMel` take, in seconds; longer recordings go through windows.
 * Activations take about 8 MB per second with 1024 channels (2.5 MB with 256), see bench/page/network.ts.
 */
export const MAXIMUM_WHOLE_CLIP_SECONDS = 60;

/** How the runtime computes embeddings. */
export interface EmbedderOptions {
  /** Threads one inference uses, 1 by default: the pool above runs several at once. */
  readonly threads?: number;
  /** Default `auto`: what ECAPA_RUNTIME names, else the native library where it loads, else WebAssembly. */
  readonly runtime?: RuntimeChoice;
  /** How the native library ended an earlier process; then `auto` is WebAssembly. */
  readonly nativeCrash?: string | undefined;
}

/** Log-mel frames, 10 ms apart: frames x 80, row-major, in decibels, not yet floored or centred. */
export interface LogMelFrames {
  readonly values: Float32Array;
  readonly frameCount: number;
}

/** An embedding model, loaded. Calls may overlap; they are computed one after another. */
export interface Embedder {
  readonly model: ModelInfo;
  readonly runtime: RuntimeInfo;
  /**
   * The embedding of a whole waveform: mono, 16 kHz, nominally in [-1, 1]; of conditioned models, of what
   * `conditionClip` leaves of it.
   * Throws `TOO_SHORT` under the model's minimum, `NON_FINITE_SAMPLES`, `INFERENCE_FAILED`, `CLOSED`, and
   * `RangeError` beyond MAXIMUM_WHOLE_CLIP_SECONDS.
   */
  embed(samples: Float32Array): Promise<Embedding>;
  /**
   * The log-mel frames of a waveform, 1 + floor(samples / 160) of them, the waveform continued by zeros.
   * Throws as `embed` does, but takes any length from 1 sample.
   */
  logMel(samples: Float32Array): Promise<LogMelFrames>;
  /**
   * The embeddings of windows of equal length: `values` holds windowCount x frames x 80 values, and each
   * window is floored and centred by itself, as an utterance is.
   * Throws `RangeError` for sizes that do not fit, `INFERENCE_FAILED` and `CLOSED`.
   */
  embedFrames(values: Float32Array, windowCount: number): Promise<readonly Embedding[]>;
  /** For windows that overlap; undefined for models of which each window is computed by itself. */
  readonly stretches?: StretchEmbedder | undefined;
  /** Frees the model's memory. Calls after it throw `CLOSED`; calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Loads a model directory. The file's graph is cut at the log-mel tensor into front end and network, so
 * that overlapping windows share their frames; run in sequence the two are the file's own computation.
 *
 * Throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `CHECKSUM_MISMATCH`, `PERMISSION_DENIED`, `READ_FAILED` and
 * `RUNTIME_UNAVAILABLE`.
 */
export async function openEmbedder(directory: string, options: EmbedderOptions = {}): Promise<Embedder> {
  const threads = options.threads ?? 1;
  if (!Number.isSafeInteger(threads) || threads < 1) throw new RangeError(`threads: ${threads}`);
  const choice = runtimeChoice(options.runtime);
  const { info, onnx } = await loadModelDirectory(directory);
  const file = join(directory, ONNX_FILE_NAME);
  const { runtime, info: runtimeInfo } = await loadRuntime(choice, options.nativeCrash);
  const sessions: Session[] = [];
  try {
    const graph = new OnnxFile(onnx);
    const cut = { name: LOG_MEL, shape: ['batch', 'frames', MEL_BANDS] };
    const frontEnd = await runtime.open(graph.upTo(cut), threads);
    sessions.push(frontEnd);
    const network = await runtime.open(graph.from(cut), threads);
    sessions.push(network);
    const openStretches = async (): Promise<StretchNetwork> =>
      StretchNetwork.open(runtime, splitAtPooling(graph), threads);
    return new OnnxEmbedder(info, runtimeInfo, file, {
      frontEnd,
      network,
      openStretches: info.sharedTrunk ? openStretches : undefined,
    });
  } catch (cause) {
    for (const session of sessions) await session.release();
    throw notOurs(file, cause);
  }
}

function notOurs(file: string, cause: unknown): EcapaError {
  return new EcapaError(
    'MODEL_INVALID',
    `${file}: not an embedding model of this program: ${reasonOf(cause)}. Import the model again.`,
    { file, cause },
  );
}

/** Throws `NON_FINITE_SAMPLES`. */
function finite(samples: Float32Array): Float32Array {
  // A loop: `findIndex` calls back for each of a long recording's samples.
  let badIndex = 0;
  while (badIndex < samples.length && Number.isFinite(samples[badIndex])) badIndex++;
  if (badIndex === samples.length) return samples;
  throw new EcapaError(
    'NON_FINITE_SAMPLES',
    `sample ${badIndex} of the audio is ${samples[badIndex]}, not a number that can be played. Repair or convert the recording.`,
  );
}

/** What a model's file was taken apart into. */
interface EmbedderParts {
  readonly frontEnd: Session;
  readonly network: Session;
  readonly openStretches: (() => Promise<StretchNetwork>) | undefined;
}

class OnnxEmbedder implements Embedder {
  readonly model: ModelInfo;
  readonly runtime: RuntimeInfo;
  readonly #file: string;
  readonly #frontEnd: Session;
  readonly #network: Session;
  readonly stretches: StretchEmbedder | undefined;
  /** Opened when windows first share a trunk: many embedders never have more than clips. */
  #stretchNetwork: Promise<StretchNetwork> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(model: ModelInfo, runtime: RuntimeInfo, file: string, parts: EmbedderParts) {
    this.model = model;
    this.runtime = runtime;
    this.#file = file;
    this.#frontEnd = parts.frontEnd;
    this.#network = parts.network;
    this.stretches = parts.openStretches && this.#stretchesOf(parts.openStretches);
  }

  #stretchesOf(open: () => Promise<StretchNetwork>): StretchEmbedder {
    const opened = (): Promise<StretchNetwork> => {
      this.#stretchNetwork ??= open().catch((cause: unknown) => {
        throw notOurs(this.#file, cause);
      });
      return this.#stretchNetwork;
    };
    return {
      sum: async (values, pieces) => this.#inTurn(async () => (await opened()).sum(values, pieces)),
      pool: async (windows) => {
        const embeddings = await this.#inTurn(async () => (await opened()).pool(windows));
        return this.#embeddingsOf(embeddings, windows.length);
      },
    };
  }

  async embed(samples: Float32Array): Promise<Embedding> {
    const { minimumSamples, sampleRateHz } = this.model;
    if (samples.length < minimumSamples) {
      const milliseconds = (count: number): string => `${Math.floor((1000 * count) / sampleRateHz)} ms`;
      throw new EcapaError(
        'TOO_SHORT',
        `${milliseconds(samples.length)} of audio is too short to embed: the model "${this.model.id}" needs ${milliseconds(minimumSamples)}. Use a longer clip.`,
      );
    }
    const heard = this.model.conditioned ? conditionClip(finite(samples), minimumSamples) : samples;
    const { values } = await this.logMel(heard);
    const [embedding] = await this.embedFrames(values, 1);
    if (embedding === undefined) throw this.#failed('no embedding came out');
    return embedding;
  }

  async logMel(samples: Float32Array): Promise<LogMelFrames> {
    const { sampleRateHz } = this.model;
    if (samples.length < 1) throw new RangeError('samples: empty');
    if (samples.length > MAXIMUM_WHOLE_CLIP_SECONDS * sampleRateHz) {
      throw new RangeError(
        `samples: ${Math.ceil(samples.length / sampleRateHz)} s at once, more than ${MAXIMUM_WHOLE_CLIP_SECONDS} s; use windows`,
      );
    }
    const waveform = { values: finite(samples), shape: [1, samples.length] };
    const values = await this.#run(this.#frontEnd, { [WAVEFORM]: waveform }, LOG_MEL);
    return { values, frameCount: frameCount(samples.length) };
  }

  async embedFrames(values: Float32Array, windowCount: number): Promise<readonly Embedding[]> {
    const { minimumSamples } = this.model;
    const frames = values.length / (windowCount * MEL_BANDS);
    if (!Number.isSafeInteger(windowCount) || windowCount < 1) {
      throw new RangeError(`windowCount: ${windowCount}`);
    }
    if (!Number.isSafeInteger(frames) || frames < frameCount(minimumSamples)) {
      throw new RangeError(
        `values: ${values.length} do not make ${windowCount} windows of ${frameCount(minimumSamples)} or more frames of ${MEL_BANDS}`,
      );
    }
    return this.#embeddingsOf(await this.#embedWindows(values, windowCount, frames), windowCount);
  }

  async #embedWindows(values: Float32Array, windowCount: number, frames: number): Promise<Float32Array> {
    const run = (part: Float32Array, windows: number): Promise<Float32Array> =>
      this.#run(
        this.#network,
        { [LOG_MEL]: { values: part, shape: [windows, frames, MEL_BANDS] } },
        EMBEDDING,
      );
    if (this.model.quantization !== 'int8' || windowCount === 1) return run(values, windowCount);
    // Integers are scaled to the largest value among all rows: a window must not depend on those beside it.
    const size = frames * MEL_BANDS;
    const embeddings: number[] = [];
    for (let window = 0; window < windowCount; window++) {
      embeddings.push(...(await run(values.subarray(window * size, (window + 1) * size), 1)));
    }
    return Float32Array.from(embeddings);
  }

  /** Throws `INFERENCE_FAILED` for what are no embeddings. */
  #embeddingsOf(values: Float32Array, count: number): Embedding[] {
    const { dimension, id } = this.model;
    if (values.length !== count * dimension) {
      throw this.#failed(`${values.length} values came out where ${count * dimension} were due`);
    }
    if (!values.every(Number.isFinite)) throw this.#failed('the result is not finite');
    return Array.from({ length: count }, (_, index) => ({
      values: values.slice(index * dimension, (index + 1) * dimension),
      modelId: id,
    }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.then(async () => {
      await this.#frontEnd.release();
      await this.#network.release();
      await (await this.#stretchNetwork?.catch(() => undefined))?.release();
    });
    return this.#closing;
  }

  #run(
    session: Session,
    inputs: Readonly<Record<string, FloatTensor>>,
    output: string,
  ): Promise<Float32Array> {
    return this.#inTurn(() => session.run(inputs, output));
  }

  /** One inference at a time: a second would only add its memory, the processor being busy already. */
  #inTurn<T>(infer: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      throw new EcapaError('CLOSED', `the model "${this.model.id}" was closed; open it again to use it`);
    }
    const result = this.#queue.then(async () => {
      try {
        return await infer();
      } catch (cause) {
        throw cause instanceof EcapaError ? cause : this.#failed(reasonOf(cause), cause);
      }
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #failed(reason: string, cause?: unknown): EcapaError {
    return new EcapaError('INFERENCE_FAILED', `${this.#file}: the model failed to run: ${reason}.`, {
      file: this.#file,
      cause,
    });
  }
}
