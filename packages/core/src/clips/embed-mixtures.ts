import pMap from 'p-map';
import type { EmbedResult } from '../engine/results.js';
import { type EmbeddedMixture, type Mixture, mixSamples } from '../heads/train/mixtures.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';

/** What embedding mixtures needs of a `Classifier`. */
export interface PcmEmbedder {
  readonly workers: number;
  embed(
    input: { readonly samples: Float32Array; readonly sampleRate: number },
    options: { readonly signal?: AbortSignal; readonly name?: string },
  ): Promise<EmbedResult>;
}

/** How the work is stopped, and who hears how far it is. */
export interface EmbedMixturesOptions {
  readonly signal?: AbortSignal;
  /** After each mixture: how many are done, and of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Mixes and embeds, a mixture for each worker at a time; only the sums are made here, a fraction of a millisecond each.
 * `excerpts` are the clips' (16 kHz, mono). Rejects with what the embedder throws, `CANCELLED` above all.
 */
export async function embedMixtures(
  mixtures: readonly Mixture[],
  excerpts: readonly ArrayLike<number>[],
  embedder: PcmEmbedder,
  options: EmbedMixturesOptions = {},
): Promise<EmbeddedMixture[]> {
  const { signal, onProgress } = options;
  let done = 0;
  const embedOne = async (mixture: Mixture): Promise<EmbeddedMixture> => {
    const input = { samples: mixSamples(mixture, excerpts), sampleRate: SAMPLE_RATE_HZ };
    const { values } = await embedder.embed(input, {
      name: 'a mixture of clips',
      ...(signal && { signal }),
    });
    onProgress?.(++done, mixtures.length);
    return { ...mixture, embedding: values };
  };
  // One more than there are workers, so that none waits for its next mixture.
  return pMap(mixtures, embedOne, { concurrency: embedder.workers + 1 });
}
