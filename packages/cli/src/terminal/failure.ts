import { isEcapaError } from '@ecapa/core';
import { EXIT_SOME_FAILED, EXIT_USAGE } from './exit.js';
import { printable } from './printable.js';

/** Options or inputs that do not go together: nothing was tried. */
export class UsageError extends RangeError {}

/** How core names the field of a bad argument: `windowSeconds: expected ...`. */
const NAMES_A_FIELD = /^[a-z][A-Za-z0-9.]*: /;
/** Texts that go from the command line or the environment into core as they are. Any other wrong type is our mistake. */
const NAMES_USERS_TEXT = /^(mirror|queue|ECAPA_[A-Z_]+): /;

/** Prints one line on standard error. Names in it may hold anything. */
export function warn(message: string): void {
  process.stderr.write(`ecapa: ${printable(message)}\n`);
}

/** Prints what is wrong with one file or with the whole run. */
export function warnOf({ message, code }: { readonly message: string; readonly code: string }): void {
  warn(`${message} [${code}]`);
}

/** Prints on standard error why a command could not continue, and sets the exit code. */
export function reportFailure(error: unknown): void {
  if (isEcapaError(error)) {
    warnOf(error);
    if (process.argv.includes('--verbose')) printCauses(error);
    process.exitCode = EXIT_SOME_FAILED;
    return;
  }
  const isArgument =
    (error instanceof RangeError && NAMES_A_FIELD.test(error.message)) ||
    (error instanceof TypeError && NAMES_USERS_TEXT.test(error.message));
  if (error instanceof UsageError || isArgument) {
    warn(error.message);
    process.exitCode = EXIT_USAGE;
    return;
  }
  // Not the user's doing: a mistake in this program must not look like wrong usage.
  warn(`unexpected error: ${error instanceof Error ? error.message : String(error)}`);
  if (process.argv.includes('--verbose')) printCauses(error);
  else
    process.stderr.write('Run the command again with --verbose for the details, and please report them.\n');
  process.exitCode = EXIT_SOME_FAILED;
}

function printCauses(error: unknown): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    process.stderr.write(`${cause.stack}\n`);
}
