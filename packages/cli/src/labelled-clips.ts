import { join } from 'node:path';
import { type Classifier, cacheDirectory } from '@ecapa/core';
import {
  type Clip,
  type EmbeddedFiles,
  type EmbeddedMixture,
  EmbeddingCache,
  embedFiles,
  embedMixtures,
  type LabelledFile,
  planMixtures,
} from '@ecapa/core/train';
import { warn } from './terminal/failure.js';
import { createProgressBar } from './terminal/progress.js';

/** Embeds labelled files with a progress bar and prints on standard error which ones failed. */
export async function embedLabelled(
  files: readonly LabelledFile[],
  classifier: Classifier,
  options: {
    readonly cache: boolean;
    readonly signal: AbortSignal;
    readonly quiet: boolean;
    readonly withExcerpts?: boolean;
  },
): Promise<EmbeddedFiles> {
  const bar = createProgressBar(files.length, 'clips');
  try {
    const embedded = await embedFiles(files, classifier, {
      signal: options.signal,
      withExcerpts: options.withExcerpts ?? false,
      onProgress: (done, name) => bar.update(done, name),
      ...(options.cache && {
        cache: new EmbeddingCache(join(cacheDirectory(), 'embeddings'), classifier.model),
      }),
    });
    bar.stop();
    for (const { error } of options.quiet ? [] : embedded.failures) {
      warn(`left out: ${error.message} [${error.code}]`);
    }
    return embedded;
  } finally {
    bar.stop();
  }
}

/** Lays the clips over one another and embeds the mixtures, with a progress bar: what presence is learnt from. */
export async function mixClips(
  clips: readonly Clip[],
  exclusive: 'auto' | readonly (readonly [string, string])[],
  classifier: Classifier,
  signal: AbortSignal,
): Promise<EmbeddedMixture[]> {
  const planned = planMixtures(
    clips.map(({ label }) => label),
    exclusive === 'auto' ? {} : { exclusive },
  );
  const bar = createProgressBar(planned.length, 'mixtures');
  try {
    const excerpts = clips.map(({ excerpt }) => excerpt ?? new Int16Array(0));
    const onProgress = (done: number): void => bar.update(done, '');
    return await embedMixtures(planned, excerpts, classifier, { signal, onProgress });
  } finally {
    bar.stop();
  }
}

/** Failures as JSON reports carry them. */
export function failuresJson(failures: EmbeddedFiles['failures']) {
  return failures.map(({ file, error }) => ({
    file: file.name,
    error: { code: error.code, message: error.message },
  }));
}
