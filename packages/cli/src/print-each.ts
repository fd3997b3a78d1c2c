import { type EcapaError, failureToJson } from '@ecapa/core';
import { processFiles, shownName } from '@ecapa/core/host';
import { EXIT_OK, EXIT_SOME_FAILED } from './terminal/exit.js';
import { warnOf } from './terminal/failure.js';
import { print } from './terminal/output.js';
import { jsonLine } from './terminal/printable.js';

/**
 * Prints the text that `textOf` makes of each file, one after the other, and why a file has none: as JSON on standard
 * output, or for people on standard error. Sets the exit code. Throws what ends the whole run.
 */
export async function printEach(
  files: readonly string[],
  textOf: (file: string, signal: AbortSignal) => Promise<string>,
  { json, signal }: { readonly json?: boolean | undefined; readonly signal: AbortSignal },
): Promise<void> {
  let failures = 0;
  for await (const outcome of processFiles(files, textOf, { concurrency: 1, inOrder: true, signal })) {
    if ('value' in outcome) await print(outcome.value);
    else {
      failures++;
      await printFailure(outcome.file, outcome.error, json);
    }
  }
  process.exitCode = failures === 0 ? EXIT_OK : EXIT_SOME_FAILED;
}

async function printFailure(file: string, error: EcapaError, json: boolean | undefined): Promise<void> {
  if (json) await print(jsonLine(failureToJson(shownName(file), error)));
  else warnOf(error);
}
