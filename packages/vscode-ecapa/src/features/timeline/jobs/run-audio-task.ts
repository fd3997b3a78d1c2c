import { runOneTask } from '../../../platform/one-task-process.js';
import type { AudioTask, AudioTaskResults, FromAudioProcess, ToAudioProcess } from './protocol.js';

/** How long a cancelled process may tidy up before it is ended. */
const TIDY_UP_MILLISECONDS = 5000;

export interface AudioTaskOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (doneSeconds: number, totalSeconds: number | undefined) => void;
}

/** Does a task on audio in a process of its own. Throws as `runOneTask`. */
export async function runAudioTask<Task extends AudioTask>(
  task: Task,
  { signal, onProgress }: AudioTaskOptions,
): Promise<AudioTaskResults[Task['kind']]> {
  const value = await runOneTask<FromAudioProcess>({
    program: 'ecapa-audio.cjs',
    start: { type: 'run', task } satisfies ToAudioProcess,
    name: task.name,
    signal,
    tidyUpMs: TIDY_UP_MILLISECONDS,
    onMessage: ({ doneSeconds, totalSeconds }) => onProgress?.(doneSeconds, totalSeconds),
  });
  return value as AudioTaskResults[Task['kind']];
}
