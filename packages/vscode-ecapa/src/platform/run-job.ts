import type { Jobs, OwnProcessJobKind, RunJobOptions } from '@ecapa/core/host';
import { loadCore } from './core.js';

/** Does a job of core in a process of its own; `onEvent` sees what it reports. Throws as core's `runJob` does. */
export async function runJob<Kind extends OwnProcessJobKind>(
  kind: Kind,
  input: Jobs[Kind]['input'],
  options: RunJobOptions & { readonly onEvent?: (event: Jobs[Kind]['event']) => void },
): Promise<Jobs[Kind]['result']> {
  const { resultOf, runJob: run } = await loadCore();
  const { onEvent, ...rest } = options;
  return resultOf(run(kind, input, rest), onEvent);
}
