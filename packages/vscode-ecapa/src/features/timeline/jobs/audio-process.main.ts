// The program of the audio process: decodes for pictures, playback and cutting, outside the extension host.
import { setPriority } from 'node:os';
import { loadCore } from '../../../platform/core.js';
import { cut } from './cut-task.js';
import { writePeaks } from './peaks-task.js';
import { writePlaybackParts } from './playback-task.js';
import type { AudioTask, AudioTaskResults, FromAudioProcess, ToAudioProcess } from './protocol.js';
import type { TaskContext } from './task-context.js';

const PROGRESS_MILLISECONDS = 200;
const controller = new AbortController();

function send(message: FromAudioProcess, andThen: () => void = () => undefined): void {
  process.send?.(message, undefined, {}, andThen);
}

function start(task: AudioTask, context: TaskContext): Promise<AudioTaskResults[AudioTask['kind']]> {
  switch (task.kind) {
    case 'peaks':
      return writePeaks(task, context);
    case 'playback':
      return writePlaybackParts(task, context);
    case 'cut':
      return cut(task, context);
  }
}

async function run(task: AudioTask): Promise<FromAudioProcess> {
  let toldAt = Number.NEGATIVE_INFINITY;
  const context: TaskContext = {
    decodeOptions: {
      signal: controller.signal,
      ...(task.ffmpegPath === undefined ? {} : { ffmpegPath: task.ffmpegPath }),
    },
    onProgress: (doneSeconds, totalSeconds) => {
      if (performance.now() - toldAt < PROGRESS_MILLISECONDS) return;
      toldAt = performance.now();
      send({ type: 'progress', doneSeconds, ...(totalSeconds === undefined ? {} : { totalSeconds }) });
    },
  };
  try {
    return { type: 'done', value: await start(task, context) };
  } catch (error) {
    const { toErrorData } = await loadCore();
    if (!controller.signal.aborted) return { type: 'failed', error: toErrorData(error, 'DECODER_FAILED') };
    const message = `${task.name}: cancelled.`;
    return { type: 'failed', error: { code: 'CANCELLED', message, file: task.name } };
  }
}

process.on('message', (message: ToAudioProcess) => {
  if (message.type === 'cancel') controller.abort();
  else void run(message.task).then((outcome) => send(outcome, () => process.disconnect()));
});
// The host has gone, or has what it wanted.
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);

try {
  setPriority(5);
} catch {
  // Not allowed here (some containers): the same work at the same priority.
}
