import { basename, extname } from 'node:path';
import { runAudioTask } from '../../timeline/jobs/run-audio-task.js';
import type { ClipSpan } from './class-list.js';
import { spanChains } from './span-chains.js';

/** What is wanted, and what is not; the names do not reach the user. */
const CLIP = 'clip';
const REST = 'rest';

export interface CutSpansOptions {
  /** An existing folder for the files. */
  readonly folder: string;
  readonly ffmpegPath: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Cuts stretches out of a recording into WAV files of its own rate and channels, and gives their paths in the
 * order of the stretches; a process of its own decodes up to the end of the last one. A stretch beyond the
 * recording's end has no file, and no path. Throws as `runAudioTask`.
 */
export async function cutSpans(
  file: string,
  spans: readonly ClipSpan[],
  { folder, ffmpegPath, signal }: CutSpansOptions,
): Promise<(string | undefined)[]> {
  const paths = new Map<ClipSpan, string>();
  for (const [index, chain] of spanChains(spans).entries()) {
    const files = await runAudioTask(
      {
        kind: 'cut',
        mode: 'cut',
        path: file,
        name: file,
        label: CLIP,
        segments: segmentsOf(chain),
        output: folder,
        baseName: `${basename(file, extname(file))}.${index}`,
        ...(ffmpegPath !== undefined && { ffmpegPath }),
      },
      { signal },
    );
    for (const { path, startSeconds, frames } of files) {
      const span = chain.find((one) => one.startSeconds === startSeconds);
      if (span !== undefined && frames > 0) paths.set(span, path);
    }
  }
  return spans.map((span) => paths.get(span));
}

function segmentsOf(chain: readonly ClipSpan[]) {
  const segment = (label: string, startSeconds: number, endSeconds: number) => ({
    label,
    startSeconds,
    endSeconds,
    probability: 1,
    probabilities: {},
    presence: {},
  });
  const end = chain.at(-1)?.endSeconds ?? 0;
  // The last segment of a recording reaches to its end, whatever it says: that must not be a clip.
  return [
    ...chain.map(({ startSeconds, endSeconds }) => segment(CLIP, startSeconds, endSeconds)),
    segment(REST, end, end + 1),
  ];
}
