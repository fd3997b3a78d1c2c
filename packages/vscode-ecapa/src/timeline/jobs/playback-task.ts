import type { AudioBlock } from '@ecapa/core';
import { loadCore } from '../../core.js';
import type { AudioTask, AudioTaskResults } from './protocol.js';
import type { TaskContext } from './task-context.js';

/** Longer recordings are played in mono at 16 kHz: in full quality the copy would take gigabytes. */
const FULL_QUALITY_SECONDS = 1200;

/**
 * A WAV file of 16 bits: as it is up to twenty minutes, in mono at 16 kHz above that and where the rate changes
 * within the recording. Throws what decoding and writing throw; no partial file is left.
 */
export async function writePlaybackCopy(
  task: Extract<AudioTask, { kind: 'playback' }>,
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

async function writeAsItIs(
  task: Extract<AudioTask, { kind: 'playback' }>,
  context: TaskContext,
): Promise<AudioTaskResults['playback']> {
  const { decodeBlocks, EcapaError } = await loadCore();
  const decoding = await decodeBlocks(task.path, { ...context.decodeOptions, name: task.name });
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
        context.onProgress(frames / sampleRate, declaredDurationSeconds);
        yield block;
      }
    };
    return await write(task.output, { sampleRate, channels }, blocks());
  } finally {
    await decoding.close();
  }
}

async function writeMono(
  task: Extract<AudioTask, { kind: 'playback' }>,
  context: TaskContext,
): Promise<AudioTaskResults['playback']> {
  const { decodeMono16k } = await loadCore();
  const decoding = await decodeMono16k(task.path, { ...context.decodeOptions, name: task.name });
  const sampleRate = 16_000;
  try {
    const blocks = async function* (): AsyncGenerator<AudioBlock> {
      let frames = 0;
      for await (const samples of decoding.blocks) {
        frames += samples.length;
        context.onProgress(frames / sampleRate, decoding.info.declaredDurationSeconds);
        yield { channels: [samples], sampleRate };
      }
    };
    return await write(task.output, { sampleRate, channels: 1 }, blocks());
  } finally {
    await decoding.close();
  }
}

async function write(
  output: string,
  { sampleRate, channels }: { readonly sampleRate: number; readonly channels: number },
  blocks: AsyncIterable<AudioBlock>,
): Promise<AudioTaskResults['playback']> {
  const { WavWriter } = await loadCore();
  const writer = await WavWriter.create(output, { sampleRate, channels, format: 'pcm16' });
  try {
    for await (const block of blocks) await writer.write(block.channels, 0, block.channels[0]?.length ?? 0);
    await writer.finish();
    return { durationSeconds: writer.frameCount / sampleRate };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
