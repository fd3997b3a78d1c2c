import { loadCore } from '../core.js';
import { runOneTask } from '../one-task-process.js';
import type { FromTaskProcess, TaskKind, TaskProgress, Tasks, ToTaskProcess } from './protocol.js';

/** A pull that is converting when it is cancelled comes to its end: a half-written model would stay behind. */
const TIDY_UP_MS = 30_000;

export interface RunTaskOptions {
  /** What messages call the work. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
  /** Variables for the process besides this one's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Does a task of training, importing or pulling in a process of its own. Throws as `runOneTask`. */
export async function runTask<Kind extends TaskKind>(
  kind: Kind,
  input: Tasks[Kind]['input'],
  { onProgress, ...options }: RunTaskOptions,
): Promise<Tasks[Kind]['result']> {
  const value = await runOneTask<FromTaskProcess>({
    ...options,
    program: 'task-process.cjs',
    start: { type: 'run', kind, input } as ToTaskProcess,
    tidyUpMs: TIDY_UP_MS,
    onMessage: ({ progress }) => onProgress?.(progress),
  });
  if (options.signal.aborted) {
    const { EcapaError } = await loadCore();
    throw new EcapaError('CANCELLED', `${options.name}: cancelled.`); // just before its end
  }
  return value as Tasks[Kind]['result'];
}
