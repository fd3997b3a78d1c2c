import { isEcapaError } from '@ecapa/core/verdicts';
import { EXIT_SOME_FAILED, EXIT_USAGE } from './exit.js';

/** Says on standard error why a command could not go on, and sets the exit code. */
export function reportFailure(error: unknown): void {
  if (isEcapaError(error)) {
    process.stderr.write(`ecapa: ${error.message} [${error.code}]\n`);
    process.exitCode = EXIT_SOME_FAILED;
    return;
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    process.stderr.write(`ecapa: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  process.stderr.write(
    `ecapa: unexpected error, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = EXIT_SOME_FAILED;
}
