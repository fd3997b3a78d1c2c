import { basename, extname, join } from 'node:path';
import type { ErrorData } from '@ecapa/core';
import type { HeadSummary } from '@ecapa/core/host';
import type { TeachingReport } from '@ecapa/core/train';
import { loadCore } from '../../../platform/core.js';
import type { Engine } from '../../../platform/engine/engine.js';
import { runJob } from '../../../platform/run-job.js';
import type { ClassClip } from './class-list.js';
import type { LabelledClips } from './labelled-clips.js';

/** What a training is at: hearing the clips, hearing mixtures of them, or learning from both. */
export type TrainingStage =
  | { readonly stage: 'embed'; readonly done: number; readonly total: number; readonly name: string }
  | { readonly stage: 'mix'; readonly done: number; readonly total: number }
  | { readonly stage: 'learn'; readonly total: number };

export interface TrainingOptions {
  /** Path of the head file to write. */
  readonly output: string;
  readonly signal: AbortSignal;
  readonly onStage: (stage: TrainingStage) => void;
}

/** What is reported of a training. Plain data: the last one is kept as JSON. */
export interface TrainingOutcome {
  readonly head: HeadSummary;
  readonly output: string;
  readonly report: TeachingReport;
  /** Where the clips are, by the names that the report has for them. */
  readonly sources: Readonly<Record<string, ClassClip>>;
  readonly failures: readonly { readonly name: string; readonly error: ErrorData }[];
}

/**
 * Trains a head on clips and writes it to `output`, whole or not at all: clips are heard by the engine's
 * workers, and known ones taken from the cache, as `ecapa train` does it; learning and its test go on in a
 * process of their own.
 *
 * Throws what `teachHead`, `saveHead` and the engine throw, and `CANCELLED`; then there is no file.
 */
export async function trainHeadFile(
  { clips, leftOut }: LabelledClips,
  engine: Engine,
  { output, signal, onStage }: TrainingOptions,
): Promise<TrainingOutcome> {
  const core = await loadCore();
  const { cacheDirectory, classesOf, EmbeddingCache, embedFiles, toErrorData } = core;
  const { embedMixtures, makeWhole, planMixtures } = core;
  classesOf(clips); // refuses too few before any work is done
  const lease = await engine.leaseModel();
  try {
    const { model } = lease.classifier;
    const embedded = await embedFiles(clips, lease.classifier, {
      signal,
      cache: new EmbeddingCache(join(cacheDirectory(), 'embeddings'), model),
      onProgress: (done, name) => onStage({ stage: 'embed', done, total: clips.length, name }),
      withExcerpts: true,
    });
    const planned = planMixtures(embedded.clips.map(({ label }) => label));
    const mixtures = await embedMixtures(
      planned,
      embedded.clips.map(({ excerpt }) => excerpt ?? new Int16Array(0)),
      lease.classifier,
      { signal, onProgress: (done, total) => onStage({ stage: 'mix', done, total }) },
    );
    onStage({ stage: 'learn', total: embedded.clips.length });
    const options = {
      id: basename(output, extname(output)),
      modelId: model.id,
      modelSha256: model.sha256,
      facts: embedded.facts,
      mixtures,
    };
    const plainClips = embedded.clips.map(({ excerpt: _, ...clip }) => clip);
    const { head, report } = await makeWhole(output, (path) =>
      runJob('train', { clips: plainClips, options, output: path }, { name: output, signal }),
    );
    const failures = [
      ...leftOut.map(({ name, error }) => ({ name, error: toErrorData(error, 'READ_FAILED') })),
      ...embedded.failures.map(({ file, error }) => ({
        name: file.name,
        error: toErrorData(error, 'READ_FAILED'),
      })),
    ];
    const sources = Object.fromEntries(clips.map(({ name, source }) => [name, source]));
    return { head, output, report, sources, failures };
  } finally {
    lease.release();
  }
}
