import type { ClassifyResult } from '@ecapa/core/verdicts';

/** A verdict as `--json` prints it; `channel` counts from 1, where one was classified by itself. */
export function verdictJson(
  file: string,
  result: Omit<ClassifyResult, 'timings' | 'embedding'>,
  channel?: number,
): object {
  // Fields that are undefined are left out by JSON.stringify.
  const { label, probability, probabilities, presence, present, durationSeconds, model, head } = result;
  const { method, partial, channels, secondsByLabel, shareByLabel, presentSecondsByLabel, mixed } = result;
  return {
    file,
    ...(channel === undefined ? {} : { channel }),
    label,
    probability,
    probabilities,
    presence,
    present,
    durationSeconds,
    model,
    head,
    ...(method === 'timeline' ? { method, secondsByLabel, shareByLabel, presentSecondsByLabel, mixed } : {}),
    ...(partial ? { partial } : {}),
    ...(channels === undefined ? {} : { channels }),
  };
}

/** A file that could not be done, as `--json` prints it. */
export function failureJson(
  file: string,
  { code, message }: { readonly code: string; readonly message: string },
): object {
  return { file, error: { code, message } };
}
