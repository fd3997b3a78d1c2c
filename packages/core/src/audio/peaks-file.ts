import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../files.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { ProgressEvent } from '../types.js';
import { decodeMono16k } from './decode.js';
import { decodeOptions, type JobRecording, progressEvent } from './job-recording.js';
import { LEVEL_COUNT, PeakLevels } from './peak-levels.js';
import { FREQUENCY_SCALES, SPECTRUM_LEVELS } from './spectrum-bands.js';
import { SpectrumLevels } from './spectrum-levels.js';

export interface PeaksRequest extends JobRecording {
  /** An existing folder for `0.peaks`, `0.mel`, `0.linear`… of the zoom levels, which grow as the recording is decoded. */
  readonly directory: string;
}

export interface PeaksSummary {
  readonly durationSeconds: number;
  readonly partial: boolean;
}

/** Seconds of audio whose peaks are written together. */
const WRITE_EVERY_SECONDS = 10;

/** Writes the peaks and the spectrogram of a recording. Throws what decoding throws, and DISK_FULL or WRITE_FAILED. */
export async function* writePeaks(
  request: PeaksRequest,
  signal: AbortSignal,
): AsyncGenerator<ProgressEvent, PeaksSummary, undefined> {
  const decoding = await decodeMono16k(request.path, {
    ...decodeOptions(request, signal),
    gapsAsSilence: true,
  });
  const files: FileHandle[] = [];
  const peaks = new PeakLevels();
  const spectrum = new SpectrumLevels();
  const failed = (cause: unknown): never => {
    throw writeError(request.directory, cause);
  };
  const openAll = (count: number, ending: string): Promise<FileHandle[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, level) => {
        const file = await open(join(request.directory, `${level}.${ending}`), 'w').catch(failed);
        files.push(file);
        return file;
      }),
    );
  let samples = 0;
  let writtenSeconds = 0;
  try {
    const peakFiles = await openAll(LEVEL_COUNT, 'peaks');
    const spectrumFiles = {
      mel: await openAll(SPECTRUM_LEVELS, 'mel'),
      linear: await openAll(SPECTRUM_LEVELS, 'linear'),
    };
    const write = async (): Promise<ProgressEvent> => {
      for (const [level, pairs] of peaks.take().entries())
        await peakFiles[level]?.appendFile(new Uint8Array(pairs.buffer)).catch(failed);
      const frames = spectrum.take();
      for (const scale of FREQUENCY_SCALES)
        for (const [level, bands] of frames[scale].entries())
          await spectrumFiles[scale][level]?.appendFile(bands).catch(failed);
      writtenSeconds = samples / SAMPLE_RATE_HZ;
      return progressEvent(writtenSeconds, decoding.info.declaredDurationSeconds);
    };
    for await (const block of decoding.blocks) {
      peaks.push(block);
      spectrum.push(block);
      samples += block.length;
      if (samples / SAMPLE_RATE_HZ - writtenSeconds >= WRITE_EVERY_SECONDS) yield await write();
    }
    peaks.finish();
    spectrum.finish();
    yield await write();
    return { durationSeconds: samples / SAMPLE_RATE_HZ, partial: decoding.summary().partial };
  } finally {
    await Promise.all(files.map((file) => file.close()));
    await decoding.close();
  }
}
