import { Command } from 'commander';
import { registerClassify } from './commands/classify.js';
import { registerEmbed } from './commands/embed.js';
import { registerEvaluate } from './commands/evaluate.js';
import { registerExplain } from './commands/explain.js';
import { registerExport } from './commands/export.js';
import { registerImport } from './commands/import.js';
import { registerModels } from './commands/models.js';
import { registerTimeline } from './commands/timeline.js';
import { registerTrain } from './commands/train.js';
import { EXIT_USAGE } from './exit.js';
import { reportFailure } from './failure.js';
import { version } from './version.js';

/** Builds the `ecapa` command; one file per sub-command. */
export function createProgram(): Command {
  const program = new Command('ecapa')
    .description('Tells whether audio is speech, music or noise. Everything runs on this machine.')
    .version(version())
    .showHelpAfterError('(add --help for usage)')
    .exitOverride((error) => {
      // commander's own code for wrong usage is 1, which here means "some files failed".
      process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    });
  registerClassify(program);
  registerEmbed(program);
  registerImport(program);
  registerModels(program);
  registerTimeline(program);
  registerTrain(program);
  registerEvaluate(program);
  registerExplain(program);
  registerExport(program);
  return program;
}

/** Runs the command line; sets the exit code, never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    reportFailure(error);
  }
}
