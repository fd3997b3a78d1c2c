import type { AudioBlock } from '@ecapa/core';
import { loadCore } from '../../../platform/core.js';
import { PartsWriter } from './parts-writer.js';
import type { AudioTask, AudioTaskResults } from './protocol.js';
import type { TaskContext } from './task-context.js';

type PlaybackTask = Extract<AudioTask, { kind: 'playback' }>;

/** Longer recordings are played in mono at 16 kHz: in full quality the parts would take gigabytes. */
const FULL_QUALITY_SECONDS = 1200;

/**
 * WAV files of 16 bits, one for each part: as it is up to twenty minutes, in mono at 16 kHz above that and where the
 * rate changes within the recording. Throws what decoding and writing throw; no partial file is left.
 */
export async function writePlaybackParts(
  task: PlaybackTask,
  context: TaskContext,
): Promise<AudioTaskResults['playback']> {
  const { isEcapaError } = await loadCore();
  try {
    return await writeAsItIs(task, context);
  } catch (error) {
    if (!isEcapaError(error) || error.code !== 'UNSUPPORTED_LAYOUT') throw error;
    return writeMono(task, context);
  }
}

async function writeAsItIs(task: PlaybackTask, context: TaskContext): Promise<AudioTaskResults['playback']> {
  const { decodeBlocks, EcapaError } = await loadCore();
  const decoding = await decodeBlocks(task.path, {
    ...context.decodeOptions,
    name: task.name,
    gapsAsSilence: true,
  });
  const tooMuch = (): Error =>
    new EcapaError('UNSUPPORTED_LAYOUT', `${task.name}: to be played in mono.`, { file: task.name });
  try {
    const { sampleRate, channels, declaredDurationSeconds } = decoding.info;
    const isLong = (declaredDurationSeconds ?? 0) > FULL_QUALITY_SECONDS;
    if (isLong || channels > 2 || sampleRate > 48_000) throw tooMuch();
    const blocks = async function* (): AsyncGenerator<AudioBlock> {
      let frames = 0;
      for await (const block of decoding.blocks) {
        const isOther = block.sampleRate !== sampleRate || block.channels.length !== channels;
        if (isOther || frames > FULL_QUALITY_SECONDS * sampleRate) throw tooMuch();
        frames += block.channels[0]?.length ?? 0;
        yield block;
      }
    };
    return await write(task, context, sampleRate, declaredDurationSeconds, blocks());
  } finally {
    await decoding.close();
  }
}

async function writeMono(task: PlaybackTask, context: TaskContext): Promise<AudioTaskResults['playback']> {
  const { decodeMono16k } = await loadCore();
  const decoding = await decodeMono16k(task.path, {
    ...context.decodeOptions,
    name: task.name,
    gapsAsSilence: true,
  });
  const sampleRate = 16_000;
  try {
    const blocks = async function* (): AsyncGenerator<AudioBlock> {
      for await (const samples of decoding.blocks) yield { channels: [samples], sampleRate };
    };
    return await write(task, context, sampleRate, decoding.info.declaredDurationSeconds, blocks());
  } finally {
    await decoding.close();
  }
}

async function write(
  task: PlaybackTask,
  context: TaskContext,
  sampleRate: number,
  declaredDurationSeconds: number | undefined,
  blocks: AsyncIterable<AudioBlock>,
): Promise<AudioTaskResults['playback']> {
  const writer = new PartsWriter(task.directory, sampleRate);
  try {
    for await (const block of blocks) {
      await writer.push(block);
      context.onProgress(writer.durationSeconds, declaredDurationSeconds);
    }
    await writer.finish();
    return { durationSeconds: writer.durationSeconds };
  } finally {
    await writer.abort();
  }
}
