import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCore } from '../../../platform/core.js';
import { LEVEL_COUNT, PeakLevels } from '../peak-levels.js';
import { SPECTRUM_LEVELS, SpectrumLevels } from '../spectrum-levels.js';
import type { AudioTask, AudioTaskResults } from './protocol.js';
import type { TaskContext } from './task-context.js';

/** Seconds of audio whose peaks are written together. */
const WRITE_EVERY_SECONDS = 10;

/** Throws what decoding throws, and DISK_FULL or WRITE_FAILED. */
export async function writePeaks(
  task: Extract<AudioTask, { kind: 'peaks' }>,
  context: TaskContext,
): Promise<AudioTaskResults['peaks']> {
  const { decodeMono16k } = await loadCore();
  const decoding = await decodeMono16k(task.path, {
    ...context.decodeOptions,
    name: task.name,
    gapsAsSilence: true,
  });
  const files: FileHandle[] = [];
  const spectra: FileHandle[] = [];
  try {
    for (let level = 0; level < LEVEL_COUNT; level++)
      files.push(await open(join(task.directory, `${level}.peaks`), 'w'));
    for (let level = 0; level < SPECTRUM_LEVELS; level++)
      spectra.push(await open(join(task.directory, `${level}.spectrum`), 'w'));
    const levels = new PeakLevels();
    const spectrum = new SpectrumLevels();
    let samples = 0;
    let writtenSeconds = 0;
    const write = async (): Promise<void> => {
      for (const [level, pairs] of levels.take().entries())
        await files[level]?.appendFile(new Uint8Array(pairs.buffer));
      for (const [level, bands] of spectrum.take().entries()) await spectra[level]?.appendFile(bands);
      writtenSeconds = samples / 16_000;
      context.onProgress(writtenSeconds, decoding.info.declaredDurationSeconds);
    };
    for await (const block of decoding.blocks) {
      levels.push(block);
      spectrum.push(block);
      samples += block.length;
      if (samples / 16_000 - writtenSeconds >= WRITE_EVERY_SECONDS) await write();
    }
    levels.finish();
    spectrum.finish();
    await write();
    return { durationSeconds: samples / 16_000, partial: decoding.summary().partial };
  } finally {
    await Promise.all([...files, ...spectra].map((file) => file.close()));
    await decoding.close();
  }
}
