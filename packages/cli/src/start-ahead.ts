import { startWorkerAhead } from '@ecapa/core/ahead';

/** Commands whose first answer waits for a worker with a model. */
const COMMANDS: ReadonlySet<string | undefined> = new Set(['classify', 'embed', 'timeline']);

/** Starts what the command line will need, before anything else is loaded: it makes the first verdict come a fifth sooner. */
export function startAhead([, , name, ...rest]: readonly string[]): void {
  const isHelp = rest.length === 0 || rest.includes('--help') || rest.includes('-h');
  if (COMMANDS.has(name) && !isHelp) startWorkerAhead();
}
