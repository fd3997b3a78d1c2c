import { dirname, join } from 'node:path';
import { decodeFloats, decodeSamples, encodeFloats, encodeSamples } from '../base64.js';
import { makeFolder, readRegularFile, writeFileAtomically } from '../files.js';

/** Raised whenever decoding, resampling or measuring changes what comes out. */
const PIPELINE_VERSION = 1;

const MAX_ENTRY_BYTES = 1 << 20;

/** What is kept of a file that was embedded once. */
export interface CachedEmbedding {
  readonly values: Float32Array;
  readonly durationSeconds: number;
  readonly partial: boolean;
  readonly loudnessDb?: number;
  readonly bandwidthHz?: number;
  readonly sampleRateHz?: number;
  readonly format?: string;
  /** The clip's loudest seconds; entries of runs that did not ask for it have none. */
  readonly excerpt?: Int16Array;
}

type Facts = Omit<CachedEmbedding, 'values' | 'excerpt'>;

function areFacts(facts: { readonly [Name in keyof Facts]?: unknown }): facts is Facts {
  const isNumber = (value: unknown): boolean => value === undefined || Number.isFinite(value);
  return (
    typeof facts.durationSeconds === 'number' &&
    typeof facts.partial === 'boolean' &&
    [facts.durationSeconds, facts.loudnessDb, facts.bandwidthHz, facts.sampleRateHz].every(isNumber) &&
    (facts.format === undefined || typeof facts.format === 'string')
  );
}

/**
 * Embeddings on disk, found by the hash of the audio file's content and the hash of the model, so that an
 * entry can never be out of date. Files of about a kilobyte,
 * or 170 with an excerpt; the folder may be deleted at any time.
 */
export class EmbeddingCache {
  readonly #directory: string;
  readonly #dimension: number;

  /** `directory` holds the caches of all models. */
  constructor(directory: string, model: { readonly sha256: string; readonly dimension: number }) {
    this.#directory = join(directory, `v${PIPELINE_VERSION}-${model.sha256.slice(0, 16)}`);
    this.#dimension = model.dimension;
  }

  /** The entry of a file, or undefined when there is none that can be read. */
  async get(sha256: string): Promise<CachedEmbedding | undefined> {
    try {
      const bytes = await readRegularFile(this.#path(sha256), { maximumBytes: MAX_ENTRY_BYTES });
      const entry = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
      const { sha256: key, values, excerpt: packed, ...facts } = entry;
      if (key !== sha256 || typeof values !== 'string' || !areFacts(facts)) return undefined;
      const embedding = decodeFloats(values);
      if (embedding.length !== this.#dimension || !embedding.every(Number.isFinite)) return undefined;
      const excerpt = typeof packed === 'string' ? { excerpt: decodeSamples(packed) } : {};
      return { ...facts, ...excerpt, values: embedding };
    } catch {
      // Absent or damaged: it is made again.
      return undefined;
    }
  }

  /** Keeps an entry. A cache that cannot be written (full or read-only disk) is done without. */
  async set(sha256: string, { values, excerpt, ...facts }: CachedEmbedding): Promise<void> {
    const path = this.#path(sha256);
    const packed = excerpt && { excerpt: encodeSamples(excerpt) };
    try {
      await makeFolder(dirname(path));
      await writeFileAtomically(
        path,
        JSON.stringify({ sha256, ...facts, values: encodeFloats(values), ...packed }),
      );
    } catch {
      // The next run embeds this file again.
    }
  }

  #path(sha256: string): string {
    return join(this.#directory, sha256.slice(0, 2), `${sha256}.json`);
  }
}
