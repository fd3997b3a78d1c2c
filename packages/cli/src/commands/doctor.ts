import { type Diagnosis, diagnose, isRuntimeChoice, type RuntimeChoice } from '@ecapa/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT_OK, EXIT_SOME_FAILED } from '../terminal/exit.js';
import { print } from '../terminal/output.js';
import { jsonLine, printable } from '../terminal/printable.js';
import { version } from '../version.js';

interface DoctorOptions {
  readonly model?: string;
  readonly runtime?: RuntimeChoice;
  readonly json?: boolean;
}

const MARKS: Readonly<Record<Diagnosis['state'], string>> = {
  ok: 'ok      ',
  note: 'note    ',
  problem: 'PROBLEM ',
};

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this installation: Node, decoder, model, inference runtime, cache')
    .option('--model <id|path>', 'embedding model to check: an id of "ecapa models list" or a model folder')
    .addOption(
      new Option('--runtime <name>', 'inference runtime to check: auto, native or wasm').argParser(
        parseRuntime,
      ),
    )
    .option('--json', 'one JSON object a line: {"subject","state","detail","advice"}')
    .addHelpText(
      'after',
      '\nExit code 1 when something does not work. ECAPA_RUNTIME=wasm or native chooses the runtime for all commands.',
    )
    .action(doctor);
}

async function doctor({ json, ...options }: DoctorOptions): Promise<void> {
  let isWell = true;
  if (!json) await print(`ecapa ${version()}\n`);
  for await (const diagnosis of diagnose(options)) {
    if (diagnosis.state === 'problem') isWell = false;
    const { subject, state, detail, advice } = diagnosis;
    const advised = advice === undefined ? '' : `${' '.repeat(24)}${printable(advice)}\n`;
    await print(
      json ? jsonLine(diagnosis) : `${MARKS[state]}${subject.padEnd(16)}${printable(detail)}\n${advised}`,
    );
  }
  process.exitCode = isWell ? EXIT_OK : EXIT_SOME_FAILED;
}

function parseRuntime(text: string): RuntimeChoice {
  if (!isRuntimeChoice(text)) throw new InvalidArgumentError('expected auto, native or wasm.');
  return text;
}
