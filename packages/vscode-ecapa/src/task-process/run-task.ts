import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { loadCore } from '../core.js';
import type { FromTaskProcess, TaskKind, TaskProgress, Tasks, ToTaskProcess } from './protocol.js';

/** How long a task that was told to stop may take to come to a clean end before its process is ended. */
const GRACE_MS = 30_000;
/** How much of a dead process's last words are kept. */
const LAST_WORDS_CHARACTERS = 1000;

export interface RunTaskOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
  /** Variables for the process besides this one's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program; `task-process.cjs` beside the bundle unless a test says otherwise. */
  readonly program?: string;
}

/**
 * Does a task in a process of its own, away from the extension host's event loop.
 *
 * Throws what the task throws, `CANCELLED` once the process has ended after `signal` was aborted, and
 * `WORKER_CRASHED` when it dies.
 */
export async function runTask<Kind extends TaskKind>(
  kind: Kind,
  input: Tasks[Kind]['input'],
  options: RunTaskOptions,
): Promise<Tasks[Kind]['result']> {
  const { EcapaError, fromErrorData } = await loadCore();
  const { signal, onProgress, env, program = join(__dirname, 'task-process.cjs') } = options;
  const cancelled = () => new EcapaError('CANCELLED', 'Cancelled.');
  if (signal.aborted) throw cancelled();
  const child = fork(program, [], {
    serialization: 'advanced',
    // The host's own flags (--inspect, Electron's) are not for the task.
    execArgv: program.endsWith('.ts') ? process.execArgv : [],
    env: { ...process.env, ...env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS_CHARACTERS);
  });
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    send(child, { type: 'cancel' });
    kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      let outcome: FromTaskProcess | undefined;
      child.on('message', (message: FromTaskProcess) => {
        if (message.type === 'ready') send(child, { type: 'run', kind, input } as ToTaskProcess);
        else if (message.type === 'progress') onProgress?.(message.progress);
        else {
          outcome = message;
          child.disconnect(); // it ends itself then
        }
      });
      child.once('error', (cause) =>
        reject(
          new EcapaError('WORKER_CRASHED', `A process could not be started: ${cause.message}.`, { cause }),
        ),
      );
      child.once('exit', (code, killedBy) => {
        if (outcome?.type === 'done' && !signal.aborted) resolve(outcome.result as Tasks[Kind]['result']);
        else if (signal.aborted) reject(cancelled());
        else if (outcome?.type === 'failed') reject(fromErrorData(outcome.error));
        else {
          const how = killedBy ?? `exit code ${code}`;
          reject(
            new EcapaError(
              'WORKER_CRASHED',
              `The process that did the work ended early (${how}). Try again.${lastWords === '' ? '' : ` Its last words: ${lastWords.trim()}`}`,
            ),
          );
        }
      });
    });
  } finally {
    clearTimeout(kill);
    signal.removeEventListener('abort', stop);
  }
}

function send(child: ChildProcess, message: ToTaskProcess): void {
  if (child.connected) child.send(message, () => undefined); // one that has gone is told of by its exit
}
