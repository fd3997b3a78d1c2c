import type { Command, Option } from 'commander';
import { version } from '../version.js';

/** Registers `ecapa man`, which prints a manual page made from the definitions that `--help` is made from. */
export function registerMan(program: Command): void {
  program
    .command('man', { hidden: true })
    .description('print the manual page: ecapa man | man -l -')
    .action(() => {
      process.stdout.write(manualPage(program));
    });
}

/** The manual page of a program and all its commands, in the macros of man(7). */
export function manualPage(program: Command): string {
  const lines = [
    `.TH ECAPA 1 "" "ecapa ${version()}"`,
    '.SH NAME',
    `ecapa \\- ${roff(program.description())}`,
    '.SH SYNOPSIS',
    `.B ecapa\n.I command\n[options] [arguments]`,
    '.SH COMMANDS',
    ...program.commands
      .filter((command) => command.name() !== 'man')
      .flatMap((command) => commandLines(command, '')),
    '.SH FILES',
    '.TP\n.I ecapa.config.json',
    'Defaults of model, head and workers, in the nearest folder upwards. The key "ecapa" of a package.json is the same.',
    '.TP\n.I ~/.config/ecapa/config.json',
    'The same for every folder, and ffmpeg.',
    '.SH EXIT STATUS',
    '0: all done. 1: some inputs failed. 2: wrong usage, nothing was tried. 130: interrupted.',
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: Command, parent: string): string[] {
  const name = `${parent}${command.name()}`;
  const usage = `.SS "${roff(`${name} ${command.usage()}`)}"`;
  const options = command.options.filter((option) => !option.hidden).flatMap(optionLines);
  return [
    usage,
    roff(command.description()),
    ...options,
    ...command.commands.flatMap((one) => commandLines(one, `${name} `)),
  ];
}

function optionLines(option: Option): string[] {
  const choices = option.argChoices === undefined ? '' : ` One of ${option.argChoices.join(', ')}.`;
  return ['.TP', `.B ${roff(option.flags)}`, roff(`${option.description}${choices}`)];
}

/** Text that no macro or escape of roff takes for its own. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/gm, '\\&$1');
}
