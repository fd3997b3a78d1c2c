import { realpath } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type CutMode, cutRecording, decodeBlocks, makeFolder, type TimelineSegment } from '@ecapa/core';

export interface CutRequest {
  readonly mode: CutMode;
  readonly label: string;
  /** Inputs of the command: with several, `output` is a folder. */
  readonly files: number;
  readonly output: string | undefined;
  readonly ffmpegPath: string | undefined;
  readonly signal: AbortSignal;
}

/** Writes what `--cut`, `--keep` or `--mask` ask for, and says on standard error what was written. */
export async function cutLabel(
  file: string,
  segments: readonly TimelineSegment[],
  request: CutRequest,
): Promise<void> {
  const { mode, label, output, signal } = request;
  const baseName = basename(file, extname(file));
  const isFolder = mode === 'cut' || request.files > 1 || output === undefined;
  if (isFolder && output !== undefined) await makeFolder(output);
  const folder = isFolder ? (output ?? '.') : '';
  const path =
    mode === 'cut' ? folder : isFolder ? join(folder, `${baseName}.${label}.wav`) : (output ?? '.');
  if (mode !== 'cut' && (await realpath(path).catch(() => undefined)) === (await realpath(file)))
    throw new RangeError(`--output: ${path} is the recording itself. Name another file.`);
  const decoding = await decodeBlocks(file, { signal, ffmpegPath: request.ffmpegPath });
  try {
    const written = await cutRecording(decoding, segments, { mode, label, output: path, baseName, signal });
    if (written.length === 0) process.stderr.write(`ecapa: ${file}: no ${label}, so nothing was written\n`);
    else
      process.stderr.write(
        `ecapa: ${file}: wrote ${written.length === 1 ? written[0]?.path : `${written.length} files to ${folder}`}\n`,
      );
  } finally {
    await decoding.close();
  }
}
