import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportSklearnOptions, ImportSpeechbrainOptions } from '@ecapa/core';
import { loadCore } from '../../../platform/core.js';
import type { Tasks } from '../../../platform/task-process/protocol.js';
import { runTask } from '../../../platform/task-process/run-task.js';
import { withWorkFolder } from '../../../platform/task-process/work-folder.js';

/** Makes a head file of a scikit-learn file, whole or not at all. Throws as core's `importSklearn` and `saveHead`, and `CANCELLED`. */
export function importSklearnFile(
  file: string,
  output: string,
  { signal, ...options }: ImportSklearnOptions & { readonly signal: AbortSignal },
): Promise<Tasks['importSklearn']['result']> {
  return withWorkFolder(output, async (folder) => {
    const made = join(folder, 'head.json');
    const result = await runTask('importSklearn', { file, output: made, options }, { name: file, signal });
    await rename(made, output);
    return result;
  });
}

/**
 * Makes a model folder of a SpeechBrain checkpoint, whole or not at all. Throws as core's `importSpeechbrain`,
 * `WRITE_FAILED` when there is something at `output` already, and `CANCELLED`.
 */
export async function importSpeechbrainFolder(
  directory: string,
  output: string,
  { signal, ...options }: ImportSpeechbrainOptions & { readonly signal: AbortSignal },
): Promise<Tasks['importSpeechbrain']['result']> {
  const { EcapaError } = await loadCore();
  const isTaken = await stat(output).then(
    () => true,
    () => false,
  );
  if (isTaken)
    throw new EcapaError('WRITE_FAILED', `${output}: there is something already. Name a new folder.`, {
      file: output,
    });
  return withWorkFolder(output, async (folder) => {
    const made = join(folder, 'model');
    const result = await runTask(
      'importSpeechbrain',
      { directory, output: made, options },
      { name: directory, signal },
    );
    await rename(made, output);
    return result;
  });
}
