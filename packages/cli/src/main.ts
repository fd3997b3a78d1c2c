import { Command } from 'commander';
import { applyConfig } from './config.js';
import { EXIT_USAGE } from './terminal/exit.js';
import { reportFailure } from './terminal/failure.js';
import { version } from './version.js';

type Register = (program: Command) => void;

/** In the order of the help; one file each, which brings what it needs with it. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  classify: async () => (await import('./commands/classify/classify.js')).registerClassify,
  embed: async () => (await import('./commands/embed.js')).registerEmbed,
  import: async () => (await import('./commands/import.js')).registerImport,
  models: async () => (await import('./commands/models.js')).registerModels,
  timeline: async () => (await import('./commands/timeline/timeline.js')).registerTimeline,
  train: async () => (await import('./commands/train/train.js')).registerTrain,
  evaluate: async () => (await import('./commands/evaluate/evaluate.js')).registerEvaluate,
  explain: async () => (await import('./commands/explain.js')).registerExplain,
  export: async () => (await import('./commands/export.js')).registerExport,
  batch: async () => (await import('./commands/queue/batch.js')).registerBatch,
  worker: async () => (await import('./commands/queue/worker.js')).registerWorker,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctor,
};

const HELP_EPILOGUE = `
Defaults of --model, --head and --workers can stand in ecapa.config.json, or under "ecapa" in package.json.
Tab completion: "ecapa completion bash" (or zsh, fish, powershell) prints a script. Manual page: "ecapa man".`;

/** Builds the `ecapa` command: with the sub-command that is named, or, for help and mistakes, with all of them. */
export async function createProgram(name?: string): Promise<Command> {
  const program = new Command('ecapa')
    .description('Classify audio as speech, music or noise. Everything runs on this machine.')
    .version(version())
    .option('--verbose', 'print the details of an error that ends the run')
    .showHelpAfterError('(add --help for usage)')
    .hook('preAction', (_, command) => applyConfig(command))
    .addHelpText('after', HELP_EPILOGUE)
    .exitOverride((error) => {
      // commander's own code for wrong usage is 1, which here means "some files failed".
      process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    });
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const registers = await Promise.all(
    (named === undefined ? Object.values(COMMANDS) : [named]).map((load) => load()),
  );
  for (const register of registers) register(program);
  if (name === 'man') (await import('./commands/man.js')).registerMan(program);
  if (name === 'completion' || name === 'complete') {
    (await import('./commands/completion.js')).registerCompletion(program);
  }
  return program;
}

/** Runs the command line; sets the exit code, never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(argv[2]);
    await program.parseAsync(argv);
  } catch (error) {
    reportFailure(error);
  }
}
