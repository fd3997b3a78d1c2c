import { writeError } from '@ecapa/core/host';
import { EXIT_OK, EXIT_SOME_FAILED } from './exit.js';
import { reportFailure } from './failure.js';
import { printable } from './printable.js';

/**
 * Writes to standard output and waits until it is taken, so that a slow reader bounds our memory.
 * A reader that has gone (`| head`) ends the program quietly, as it does other command-line tools.
 */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** Prints one line for people; what it names may hold anything. */
export function printLine(text: string): Promise<void> {
  return print(`${printable(text)}\n`);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  reportFailure(writeError('standard output', error)); // such as a full disk behind `>`
  process.exit(EXIT_SOME_FAILED);
});
