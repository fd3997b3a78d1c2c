import { join } from 'node:path';
import {
  type Classifier,
  cacheDirectory,
  type EmbeddedFiles,
  EmbeddingCache,
  embedFiles,
  type LabelledFile,
} from '@ecapa/core';
import { warn } from './terminal/failure.js';
import { createProgressBar } from './terminal/progress.js';

/** Embeds labelled files with a progress bar and says on standard error which ones failed. */
export async function embedLabelled(
  files: readonly LabelledFile[],
  classifier: Classifier,
  options: { readonly cache: boolean; readonly signal: AbortSignal; readonly quiet: boolean },
): Promise<EmbeddedFiles> {
  const bar = createProgressBar(files.length, 'clips');
  try {
    const embedded = await embedFiles(files, classifier, {
      signal: options.signal,
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

/** Failures as JSON reports carry them. */
export function failuresJson(failures: EmbeddedFiles['failures']) {
  return failures.map(({ file, error }) => ({
    file: file.name,
    error: { code: error.code, message: error.message },
  }));
}
