import { fork } from 'node:child_process';
import { join } from 'node:path';
import { loadCore } from '../../core.js';
import type { AudioTask, AudioTaskResults, FromAudioProcess, ToAudioProcess } from './protocol.js';

/** How long a cancelled process may tidy up before it is ended. */
const TIDY_UP_MILLISECONDS = 5000;

export interface AudioTaskOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (doneSeconds: number, totalSeconds: number | undefined) => void;
}

/**
 * Does a task in a process of its own. Throws its typed error; `CANCELLED` once it has tidied up; and
 * `WORKER_CRASHED` when the process ended without a word.
 */
export async function runAudioTask<Task extends AudioTask>(
  task: Task,
  { signal, onProgress }: AudioTaskOptions,
): Promise<AudioTaskResults[Task['kind']]> {
  const { EcapaError, fromErrorData } = await loadCore();
  const cancelled = (): Error =>
    new EcapaError('CANCELLED', `${task.name}: cancelled.`, { file: task.name, cause: signal.reason });
  if (signal.aborted) throw cancelled();
  const child = fork(join(__dirname, 'ecapa-audio.cjs'), [], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  } as Parameters<typeof fork>[2]);
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-2000);
  });
  const send = (message: ToAudioProcess): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  let killing: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    send({ type: 'cancel' });
    killing = setTimeout(() => child.kill('SIGKILL'), TIDY_UP_MILLISECONDS);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await new Promise<AudioTaskResults[Task['kind']]>((resolve, reject) => {
      child.on('message', (message: FromAudioProcess) => {
        if (message.type === 'progress') onProgress?.(message.doneSeconds, message.totalSeconds);
        else if (message.type === 'done') resolve(message.value as AudioTaskResults[Task['kind']]);
        else reject(fromErrorData(message.error));
      });
      const end = (how: string): void =>
        reject(
          signal.aborted
            ? cancelled()
            : new EcapaError(
                'WORKER_CRASHED',
                `${task.name}: the audio process ended (${`${how} ${lastWords}`.trim()}). Try again.`,
                { file: task.name },
              ),
        );
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, killer) => end(killer === null ? `exit code ${code}` : `signal ${killer}`));
      send({ type: 'run', task });
    });
  } finally {
    clearTimeout(killing);
    signal.removeEventListener('abort', cancel);
    child.kill();
  }
}
