import { poolPieces } from '../../src/model/pooled-pieces.js';
import type { Piece, PieceSums, StretchEmbedder } from '../../src/stretches.js';
import type { TimelineEmbedder } from '../../src/timeline/analysis.js';
import { MEL_BANDS } from '../../src/timeline/frame-stream.js';
import type { Embedding, Head } from '../../src/types.js';

export const RATE = 16_000;
export const LABELS = ['music', 'noise', 'speech'];
/** Each class sounds as a tone here, which a filter bank of two bands separates from the others. */
export const TONES: Record<string, number> = { music: 400, noise: 3000, speech: 1200 };

/** A front end with the real one's geometry: frames of 400 samples around multiples of 160, zeros beyond the ends. */
export function logEnergies(samples: Float32Array): Float32Array {
  const frames = 1 + Math.floor(samples.length / 160);
  const result = new Float32Array(frames * MEL_BANDS);
  for (let frame = 0; frame < frames; frame++) {
    for (const [k, label] of LABELS.entries()) {
      let re = 0;
      let im = 0;
      for (let i = 160 * frame - 200; i < 160 * frame + 200; i++) {
        const sample = samples[i] ?? 0;
        // The phase runs from the frame's own start, so that a frame does not depend on where a stretch begins.
        const angle = (2 * Math.PI * (TONES[label] ?? 0) * (i - 160 * frame)) / RATE;
        re += sample * Math.cos(angle);
        im += sample * Math.sin(angle);
      }
      result[frame * MEL_BANDS + 4 * k] = 10 * Math.log10(Math.max(1e-10, re * re + im * im));
    }
  }
  return result;
}

export class ToneEmbedder implements TimelineEmbedder {
  readonly model = { id: 'tones', minimumSamples: 640 };
  framesComputed = 0;
  windowsEmbedded = 0;
  clipsEmbedded = 0;

  async embed(samples: Float32Array): Promise<Embedding> {
    this.clipsEmbedded++;
    return mean(logEnergies(samples));
  }

  async logMel(samples: Float32Array): Promise<{ values: Float32Array }> {
    const values = logEnergies(samples);
    this.framesComputed += values.length / MEL_BANDS;
    return { values };
  }

  async embedFrames(values: Float32Array, windowCount: number): Promise<Embedding[]> {
    this.windowsEmbedded += windowCount;
    const size = values.length / windowCount;
    return Array.from({ length: windowCount }, (_, i) => mean(values.subarray(i * size, (i + 1) * size)));
  }
}

/** The same embeddings by sums over pieces of stretches, as a trunk gives them; it notes which stretches were summed. */
export class StretchToneEmbedder extends ToneEmbedder {
  /** Stretches in each call. */
  readonly calls: number[] = [];
  windowsPooled = 0;
  readonly stretches: StretchEmbedder = {
    sum: async (values, pieces) => {
      this.calls.push(pieces.length);
      const size = values.length / pieces.length;
      return pieces.map((own, i) => sumsOf(values.subarray(i * size, (i + 1) * size), own));
    },
    pool: async (windows) => {
      this.windowsPooled += windows.length;
      return windows.map((pieces) => ({
        values: poolPieces(pieces).slice(0, LABELS.length),
        modelId: this.model.id,
      }));
    },
  };
}

/** Each frame has a mass of 1. */
function sumsOf(frames: Float32Array, pieces: readonly Piece[]): PieceSums[] {
  const rows = new Float32Array((1 + 3 * pieces.length) * LABELS.length);
  for (const [piece, [start, end]] of pieces.entries()) {
    for (let k = 0; k < LABELS.length; k++) {
      const at = (1 + piece) * LABELS.length + k;
      rows[at] = end - start;
      let sum = 0;
      for (let frame = start; frame < end; frame++) sum += frames[frame * MEL_BANDS + 4 * k] ?? Number.NaN;
      rows[at + pieces.length * LABELS.length] = sum;
    }
  }
  return pieces.map((_, piece) => ({ rows, piece, pieceCount: pieces.length }));
}

function mean(frames: Float32Array): Embedding {
  const values = new Float32Array(LABELS.length);
  for (let i = 0; i < frames.length; i += MEL_BANDS) {
    for (let k = 0; k < values.length; k++)
      values[k] = (values[k] ?? 0) + (frames[i + 4 * k] ?? 0) / (frames.length / MEL_BANDS);
  }
  return { values, modelId: 'tones' };
}

export const HEAD: Head = {
  id: 'tones-head',
  modelId: 'tones',
  dimension: 3,
  labels: LABELS,
  weights: Float64Array.of(0.4, 0, 0, 0, 0.4, 0, 0, 0, 0.4),
  bias: Float64Array.of(0, 0, 0),
  inputNorm: 'none',
  temperature: 1,
};

export function sound(...stretches: [label: string, seconds: number][]): Float32Array {
  const samples = new Float32Array(
    stretches.reduce((sum, [, seconds]) => sum + Math.round(seconds * RATE), 0),
  );
  let at = 0;
  for (const [label, seconds] of stretches) {
    const hertz = TONES[label];
    for (let i = 0; i < Math.round(seconds * RATE); i++, at++) {
      if (hertz !== undefined) samples[at] = 0.3 * Math.sin((2 * Math.PI * hertz * at) / RATE);
    }
  }
  return samples;
}

export async function* inBlocks(samples: Float32Array, size = RATE): AsyncGenerator<Float32Array> {
  for (let from = 0; from < samples.length; from += size) yield samples.slice(from, from + size);
}
