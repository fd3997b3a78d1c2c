import type { AudioBlock, AudioInfo } from '../audio/audio-source.js';
import { spanChains } from '../audio/span-chains.js';
import { throwIfCancelled } from '../timeline/block-reader.js';
import type { TimelineSegment } from '../timeline/segments.js';
import type { Span } from '../types.js';
import { gapsOf, spansOf } from './audio-spans.js';
import { type CutFile, type CutOptions, Cutter, type Cutting } from './cutter.js';

/** What a cut needs of a decoding at the recording's own rate and channels; `decodeBlocks` gives it. */
export interface NativeAudio {
  readonly info: AudioInfo;
  readonly blocks: AsyncIterable<AudioBlock>;
}

/**
 * Writes the parts of a recording that a label covers as WAV files, to the sample, at the recording's own
 * rate and with its channels. Each file appears only when it is complete; memory is constant.
 *
 * @returns the files, in order; none when the label does not occur
 * @throws EcapaError DISK_FULL, PERMISSION_DENIED, IS_DIRECTORY, WRITE_FAILED, UNSUPPORTED_LAYOUT (rate or
 *   channels change within the recording), CANCELLED, and what decoding throws
 */
export async function cutRecording(
  audio: NativeAudio,
  segments: readonly TimelineSegment[],
  options: CutOptions,
): Promise<CutFile[]> {
  const cutting = cutLabel(segments, audio.info, options);
  if (cutting.isDone) return [];
  try {
    for await (const block of audio.blocks) {
      throwIfCancelled(options.signal);
      await cutting.push(block);
      if (cutting.isDone) break;
    }
    return await cutting.finish();
  } catch (error) {
    await cutting.abort();
    throw error;
  }
}

/** Cuts out what a label covers, as `cutRecording` does. */
export function cutLabel(
  segments: readonly TimelineSegment[],
  info: AudioInfo,
  options: CutOptions,
): Cutting<CutFile[]> {
  const spans = spansOf(segments, options.label);
  // Only a mask has to be as long as the timeline; what is cut or kept holds decoded audio alone.
  const gaps = options.mode === 'mask' && spans.length > 0 ? gapsOf(segments) : [];
  return new Cutter(spans, gaps, options, info);
}

/**
 * Cuts each span into a WAV file of its own, at the recording's rate and with its channels; spans may lie over one
 * another. The files come in the order of the spans, `undefined` for a span that begins beyond the recording's end.
 */
export function cutSpans(
  spans: readonly Span[],
  info: AudioInfo,
  { folder, baseName }: { readonly folder: string; readonly baseName: string },
): Cutting<(CutFile | undefined)[]> {
  const chains = spanChains(spans).map((chain, index) => {
    const parts = chain.map(({ startSeconds, endSeconds }) => ({
      startSeconds,
      endSeconds,
      audioStartSeconds: startSeconds,
      audioEndSeconds: endSeconds,
    }));
    const options = { mode: 'cut', label: 'clip', output: folder, baseName: `${baseName}.${index}` } as const;
    return { chain, cutter: new Cutter(parts, [], options, info) };
  });
  return {
    get isDone() {
      return chains.every(({ cutter }) => cutter.isDone);
    },
    async push(block) {
      for (const { cutter } of chains) if (!cutter.isDone) await cutter.push(block);
    },
    async finish() {
      const files = new Map<Span, CutFile>();
      for (const { chain, cutter } of chains) {
        for (const file of await cutter.finish()) {
          const span = chain.find(({ startSeconds }) => startSeconds === file.startSeconds);
          if (span !== undefined) files.set(span, file);
        }
      }
      return spans.map((span) => files.get(span));
    },
    async abort() {
      for (const { cutter } of chains) await cutter.abort();
    },
  };
}
