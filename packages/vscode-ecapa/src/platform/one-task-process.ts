import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { ErrorData } from '@ecapa/core';
import { loadCore } from './core.js';

/** What a process that does one task says at its end. */
export type TaskEnding =
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly error: ErrorData };

export interface OneTask<Message> {
  /** Name of the bundle in `dist` that is the program. */
  readonly program: string;
  /** Sent first. `{ type: 'cancel' }` follows when the signal is aborted. */
  readonly start: object;
  /** What messages call the work. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** How long a cancelled process may tidy up before it is ended. */
  readonly tidyUpMs: number;
  /** What it says before its end. */
  readonly onMessage: (message: Exclude<Message, TaskEnding>) => void;
  /** Variables besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Does a task in a process of its own, away from the extension host's event loop, and gives its value. Throws its
 * typed error; `CANCELLED` once it has tidied up; and `WORKER_CRASHED` when it ended without a word.
 */
export async function runOneTask<Message extends { readonly type: string }>(
  task: OneTask<Message>,
): Promise<unknown> {
  const { EcapaError, fromErrorData } = await loadCore();
  const { program, start, name, signal, tidyUpMs, onMessage, env } = task;
  const cancelled = (): Error =>
    new EcapaError('CANCELLED', `${name}: cancelled.`, { file: name, cause: signal.reason });
  if (signal.aborted) throw cancelled();
  const child = fork(join(__dirname, program), [], {
    serialization: 'advanced',
    // The host's own flags (--inspect, Electron's) are not for the task.
    execArgv: [],
    env: { ...process.env, ...env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    windowsHide: true,
  } as Parameters<typeof fork>[2]);
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-2000);
  });
  const send = (message: object): void => {
    if (child.connected) child.send(message, () => undefined); // one that has gone is told of by its exit
  };
  let killing: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    send({ type: 'cancel' });
    killing = setTimeout(() => child.kill('SIGKILL'), tidyUpMs);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await new Promise<unknown>((resolve, reject) => {
      child.on('message', (message: Message | TaskEnding) => {
        if (message.type === 'done') resolve((message as TaskEnding & { type: 'done' }).value);
        else if (message.type === 'failed')
          reject(fromErrorData((message as TaskEnding & { type: 'failed' }).error));
        else onMessage(message as Exclude<Message, TaskEnding>);
      });
      const end = (how: string): void =>
        reject(
          signal.aborted
            ? cancelled()
            : new EcapaError(
                'WORKER_CRASHED',
                `${name}: the process that did the work ended (${`${how} ${lastWords}`.trim()}). Try again.`,
                { file: name },
              ),
        );
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, killer) => end(killer === null ? `exit code ${code}` : `signal ${killer}`));
      send(start);
    });
  } finally {
    clearTimeout(killing);
    signal.removeEventListener('abort', cancel);
    child.kill();
  }
}
