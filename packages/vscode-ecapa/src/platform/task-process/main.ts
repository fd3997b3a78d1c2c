// The program of a process that does one task and ends: what would hold up the extension host is done here.
import { setPriority } from 'node:os';
import { loadCore } from '../core.js';
import type { FromTaskProcess, TaskKind, Tasks, ToTaskProcess } from './protocol.js';

/** Below the host's priority, as the engine's workers. */
const NICENESS = 5;
/** Progress is told at most so often. */
const TELL_EVERY_MS = 100;

const cancelled = new AbortController();
const { signal } = cancelled;
const tasks: {
  readonly [Kind in TaskKind]: (input: Tasks[Kind]['input']) => Promise<Tasks[Kind]['result']>;
} = {
  train: async ({ clips, options, output }) => {
    const { teachHead, saveHead } = await loadCore();
    const { head, report } = await teachHead(clips, { ...options, signal });
    await saveHead(output, head);
    return { head: { id: head.id, modelId: head.modelId, labels: head.labels }, report };
  },
  importSklearn: async ({ file, output, options }) => {
    const { importSklearn, saveHead } = await loadCore();
    const { head, estimator, modelIdAssumed } = await importSklearn(file, options);
    await saveHead(output, head);
    return { head: { id: head.id, modelId: head.modelId, labels: head.labels }, estimator, modelIdAssumed };
  },
  importSpeechbrain: async ({ directory, output, options }) =>
    (await loadCore()).importSpeechbrain(directory, output, options),
  pull: async ({ id, mirror, manifest }) => {
    let toldAt = 0;
    return (await loadCore()).pullModel(id, {
      signal,
      mirror,
      manifest,
      onProgress: (name, done, total) => {
        const now = performance.now();
        if (now - toldAt < TELL_EVERY_MS && done !== total) return;
        toldAt = now;
        tell({ type: 'progress', progress: { name, done, total } });
      },
    });
  },
};

let current: TaskKind | undefined;
process.on('message', (message: ToTaskProcess) => {
  if (message.type === 'run') {
    current = message.kind;
    void run(message.kind, message.input);
  } else if (current === 'pull')
    cancelled.abort(); // it keeps what has arrived, and gives back its lock
  else process.exit(1); // the host removes the folder that was worked in
});
try {
  setPriority(NICENESS);
} catch {
  // Not everywhere allowed, and nothing depends on it.
}
// The host has gone: nobody wants the result.
process.on('disconnect', () => process.exit(1));

async function run<Kind extends TaskKind>(kind: Kind, input: Tasks[Kind]['input']): Promise<void> {
  try {
    tell({ type: 'done', value: await tasks[kind](input) });
  } catch (error) {
    const { toErrorData } = await loadCore();
    tell({ type: 'failed', error: toErrorData(error, 'WORKER_CRASHED') });
  }
}

function tell(message: FromTaskProcess): void {
  process.send?.(message);
}
