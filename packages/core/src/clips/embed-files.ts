import type { EmbedResult } from '../engine/results.js';
import { EcapaError } from '../errors.js';
import { hashFile } from '../files.js';
import type { Clip } from '../heads/clip.js';
import type { ClipFacts } from '../heads/evaluate/cues.js';
import { type FileOutcome, processFiles } from '../host/process-files.js';
import type { CachedEmbedding, EmbeddingCache } from './embedding-cache.js';
import type { LabelledFile } from './labelled-files.js';

/** What embedding needs of a `Classifier`. */
export interface FileEmbedder {
  readonly workers: number;
  embed(
    path: string,
    options: { readonly signal?: AbortSignal; readonly name?: string; readonly withExcerpt?: boolean },
  ): Promise<EmbedResult>;
}

/** How many files are embedded at once, where embeddings are cached, and what receives progress. */
export interface EmbedFilesOptions {
  readonly cache?: EmbeddingCache;
  readonly signal?: AbortSignal;
  /** Also keep each clip's loudest seconds, for mixing them. Default false. */
  readonly withExcerpts?: boolean;
  /** After each file: how many are done, and its name. */
  readonly onProgress?: (done: number, name: string) => void;
}

/** A file that could not be embedded. */
export interface FailedFile {
  readonly file: LabelledFile;
  readonly error: EcapaError;
}

/** The embedded files and those that failed, in the order in which they were given. */
export interface EmbeddedFiles {
  /** In the order of the files, without the failed ones. */
  readonly clips: readonly Clip[];
  readonly facts: readonly ClipFacts[];
  readonly failures: readonly FailedFile[];
  /** How many embeddings came from the cache. */
  readonly cached: number;
}

/** Quieter than this there is nothing to learn from: only rounding noise. */
const SILENCE_DB = -80;

/**
 * Embeds labelled files, as many at a time as there are workers, taking from the cache what is there.
 * A file that cannot be embedded is a failure of its own; a fatal error (`isFatal`) ends the work.
 */
export async function embedFiles(
  files: readonly LabelledFile[],
  embedder: FileEmbedder,
  options: EmbedFilesOptions = {},
): Promise<EmbeddedFiles> {
  const byFile = new Map<LabelledFile, FileOutcome<LabelledFile, EmbeddedFile>>();
  const outcomes = processFiles(files, (file, signal) => embedFile(file, embedder, { ...options, signal }), {
    concurrency: Math.max(1, embedder.workers),
    signal: options.signal,
  });
  let done = 0;
  for await (const outcome of outcomes) {
    byFile.set(outcome.file, outcome);
    options.onProgress?.(++done, outcome.file.name);
  }
  const inOrder = files.flatMap((file) => byFile.get(file) ?? []);
  const embedded = inOrder.flatMap((outcome) =>
    'value' in outcome ? { file: outcome.file, ...outcome.value } : [],
  );
  return {
    clips: embedded.map(({ file, sha256, entry }) => ({
      path: file.name,
      label: file.label,
      sha256,
      embedding: entry.values,
      durationSeconds: entry.durationSeconds,
      ...(entry.excerpt !== undefined && { excerpt: entry.excerpt }),
      ...(file.group !== undefined && { group: file.group }),
    })),
    facts: embedded.map(({ file, entry: { values: _, partial: __, excerpt: ___, ...facts } }) => ({
      label: file.label,
      ...facts,
    })),
    failures: inOrder.flatMap((outcome) => ('error' in outcome ? outcome : [])),
    cached: embedded.filter(({ wasCached }) => wasCached).length,
  };
}

interface EmbeddedFile {
  readonly sha256: string;
  readonly entry: CachedEmbedding;
  readonly wasCached: boolean;
}

async function embedFile(
  file: LabelledFile,
  embedder: FileEmbedder,
  options: EmbedFilesOptions,
): Promise<EmbeddedFile> {
  const { cache, signal } = options;
  const sha256 = await hashFile(file.path, { name: file.name, signal });
  const found = await cache?.get(sha256);
  const isEnough = options.withExcerpts !== true || found?.excerpt !== undefined;
  if (found !== undefined && isEnough) return { sha256, entry: found, wasCached: true };
  const result = await embedder.embed(file.path, {
    name: file.name,
    ...(signal && { signal }),
    ...(options.withExcerpts === true && { withExcerpt: true }),
  });
  const { values, durationSeconds, partial, facts, excerpt } = result;
  if (facts !== undefined && facts.loudnessDb < SILENCE_DB) {
    throw new EcapaError(
      'NO_SAMPLES',
      `${file.name}: the recording is silent, there is nothing to learn from. Remove it.`,
      {
        file: file.path,
      },
    );
  }
  const entry = { values, durationSeconds, partial, ...facts, ...(excerpt && { excerpt }) };
  await cache?.set(sha256, entry);
  return { sha256, entry, wasCached: false };
}
