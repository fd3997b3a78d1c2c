import { rename } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { decodeBlocks } from '../audio/decode.js';
import { decodeOptions, type JobRecording, progressEvent } from '../audio/job-recording.js';
import { writeError } from '../files.js';
import { makeTemporaryFolder, removeTemporary } from '../temporary-paths.js';
import { every } from '../throttle.js';
import type { TimelineSegment } from '../timeline/segments.js';
import type { ProgressEvent, Span } from '../types.js';
import { cutLabel, cutSpans } from './cut.js';
import type { CutFile, CutMode, Cutting } from './cutter.js';

/** The parts of a recording that a label covers. */
export interface CutRequest extends JobRecording {
  readonly mode: CutMode;
  readonly label: string;
  readonly segments: readonly TimelineSegment[];
  /** `cut`: an existing folder; otherwise the file to write. */
  readonly output: string;
  /** `cut`: how file names begin. */
  readonly baseName: string;
}

/** Spans of a recording, which may lie over one another. */
export interface SpanCutRequest extends JobRecording {
  readonly spans: readonly Span[];
  /** An existing folder for the files. */
  readonly folder: string;
}

const PROGRESS_MILLISECONDS = 200;

/**
 * Writes what is to be cut into a temporary folder beside its target, and moves it there once all is written: a run
 * that is cancelled, or out of space, leaves nothing half done. Throws what decoding and `cutRecording` throw.
 */
export async function* cutFile(
  request: CutRequest,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent, readonly CutFile[], undefined> {
  const { mode, label, segments, output, baseName } = request;
  const target = mode === 'cut' ? output : dirname(output);
  const temporary = await makeTemporaryFolder(target).catch((cause: unknown) => {
    throw writeError(target, cause);
  });
  try {
    const written = yield* cutDecoded(request, signal, (info) =>
      cutLabel(segments, info, {
        mode,
        label,
        baseName,
        output: mode === 'cut' ? temporary : join(temporary, basename(output)),
      }),
    );
    const files: CutFile[] = [];
    for (const file of written) {
      const path = join(target, basename(file.path));
      await rename(file.path, path);
      files.push({ ...file, path });
    }
    return files;
  } finally {
    await removeTemporary(temporary);
  }
}

/**
 * Writes a WAV file of the recording's own rate and channels for each span, decoding up to the end of the last one
 * once. Returns the paths in the order of the spans; a span beyond the recording's end has none. Throws as `cutFile`.
 */
export async function* cutSpanFiles(
  request: SpanCutRequest,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent, readonly (string | undefined)[], undefined> {
  const { spans, folder, path } = request;
  const baseName = basename(path, extname(path));
  const files = yield* cutDecoded(request, signal, (info) => cutSpans(spans, info, { folder, baseName }));
  return files.map((file) => (file === undefined || file.frames === 0 ? undefined : file.path));
}

async function* cutDecoded<Result>(
  recording: JobRecording,
  signal: AbortSignal,
  begin: (info: Parameters<typeof cutLabel>[1]) => Cutting<Result>,
): AsyncGenerator<ProgressEvent, Result, undefined> {
  const decoding = await decodeBlocks(recording.path, decodeOptions(recording, signal));
  const isDue = every(PROGRESS_MILLISECONDS);
  const cutting = begin(decoding.info);
  let seconds = 0;
  try {
    for await (const block of decoding.blocks) {
      if (cutting.isDone) break;
      await cutting.push(block);
      seconds += (block.channels[0]?.length ?? 0) / block.sampleRate;
      if (isDue()) yield progressEvent(seconds, decoding.info.declaredDurationSeconds);
    }
    return await cutting.finish();
  } finally {
    await cutting.abort();
    await decoding.close();
  }
}
