import { stat } from 'node:fs/promises';
import type { Jobs } from '@ecapa/core/host';
import type { ImportSklearnOptions, ImportSpeechbrainOptions } from '@ecapa/core/interop';
import { loadCore } from '../../../platform/core.js';
import { runJob } from '../../../platform/run-job.js';

/** Makes a head file of a scikit-learn file, whole or not at all. Throws as core's `importSklearn` and `saveHead`, and `CANCELLED`. */
export async function importSklearnFile(
  file: string,
  output: string,
  { signal, ...options }: ImportSklearnOptions & { readonly signal: AbortSignal },
): Promise<Jobs['importSklearn']['result']> {
  const { makeWhole } = await loadCore();
  return makeWhole(output, (path) =>
    runJob('importSklearn', { file, output: path, options }, { name: file, signal }),
  );
}

/**
 * Makes a model folder of a SpeechBrain checkpoint, whole or not at all. Throws as core's `importSpeechbrain`,
 * `WRITE_FAILED` when there is something at `output` already, and `CANCELLED`.
 */
export async function importSpeechbrainFolder(
  directory: string,
  output: string,
  { signal, ...options }: ImportSpeechbrainOptions & { readonly signal: AbortSignal },
): Promise<Jobs['importSpeechbrain']['result']> {
  const { EcapaError, makeWhole } = await loadCore();
  const isTaken = await stat(output).then(
    () => true,
    () => false,
  );
  if (isTaken)
    throw new EcapaError('WRITE_FAILED', `${output}: there is something already. Name a new folder.`, {
      file: output,
    });
  return makeWhole(output, (path) =>
    runJob('importSpeechbrain', { directory, output: path, options }, { name: directory, signal }),
  );
}
