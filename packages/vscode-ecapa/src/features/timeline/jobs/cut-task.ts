import { mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AudioBlock, CutFile } from '@ecapa/core';
import { loadCore } from '../../../platform/core.js';
import type { AudioTask } from './protocol.js';
import type { TaskContext } from './task-context.js';

/**
 * Writes what is to be cut into a temporary folder beside its target, and moves it there once all is written: who
 * cancels, or runs out of space, finds nothing half done. Throws what decoding and `cutRecording` throw.
 */
export async function cut(
  task: Extract<AudioTask, { kind: 'cut' }>,
  context: TaskContext,
): Promise<readonly CutFile[]> {
  const { cutRecording, decodeBlocks, toErrorData, fromErrorData } = await loadCore();
  const { mode, label, segments, output, baseName } = task;
  const target = mode === 'cut' ? output : dirname(output);
  const decoding = await decodeBlocks(task.path, { ...context.decodeOptions, name: task.name });
  let temporary: string | undefined;
  try {
    temporary = await mkdtemp(join(target, '.ecapa-cut-')).catch((error: unknown) => {
      throw fromErrorData({
        ...toErrorData(error, 'WRITE_FAILED'),
        message: `${target}: nothing can be written into this folder. Choose another one.`,
      });
    });
    const audio = { info: decoding.info, blocks: counted(decoding.blocks, context, decoding.info) };
    const written = await cutRecording(audio, segments, {
      mode,
      label,
      baseName,
      output: mode === 'cut' ? temporary : join(temporary, basename(output)),
      signal: context.decodeOptions.signal,
    });
    const files: CutFile[] = [];
    for (const file of written) {
      const path = join(target, basename(file.path));
      await rename(file.path, path);
      files.push({ ...file, path });
    }
    return files;
  } finally {
    await decoding.close();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

async function* counted(
  blocks: AsyncIterable<AudioBlock>,
  { onProgress }: TaskContext,
  { declaredDurationSeconds }: { readonly declaredDurationSeconds?: number },
): AsyncGenerator<AudioBlock> {
  let seconds = 0;
  for await (const block of blocks) {
    yield block;
    seconds += (block.channels[0]?.length ?? 0) / block.sampleRate;
    onProgress(seconds, declaredDurationSeconds);
  }
}
