import { listModels, locateModel, OUTPUT_VERSION, pullModel, removeModel, verifyModel } from '@ecapa/core';
import type { Command } from 'commander';
import {
  addQuantizeOptions,
  lossLine,
  lossMeter,
  QUANTIZE_HELP,
  type QuantizeOptions,
  type ToldLoss,
} from '../quantize-option.js';
import { interruptible } from '../terminal/interrupt.js';
import { print, printLine } from '../terminal/output.js';
import { jsonLine } from '../terminal/printable.js';
import { createProgressBar, type ProgressBar } from '../terminal/progress.js';

interface PullCommandOptions extends QuantizeOptions {
  readonly mirror?: string;
}

export function registerModels(program: Command): void {
  const command = program.command('models').description('list, download, check and remove embedding models');
  command
    .command('list')
    .description('models that --model knows by id')
    .option('--json', 'one JSON object a line')
    .action(list);
  addQuantizeOptions(
    command
      .command('pull')
      .description('download a model, convert it here and keep it in the cache')
      .argument('<id>', 'a model of "ecapa models list"')
      .option(
        '--mirror <url>',
        'server to take the place of the hub, with the same paths (or set ECAPA_MIRROR)',
      ),
  )
    .addHelpText(
      'after',
      `${QUANTIZE_HELP}

A model that is here already stays as it is, unless --quantize asks for another kind. An
interrupted download resumes where it stopped. HTTPS_PROXY and NO_PROXY are honoured. The cache
is in ECAPA_CACHE_DIR, or where this system keeps caches.`,
    )
    .action((id: string, options: PullCommandOptions) =>
      interruptible((signal) => pull(id, options, signal)),
    );
  command
    .command('verify')
    .description('compare models with their checksums')
    .argument('[id...]', 'models, by id or folder (default: all that are here)')
    .action(verify);
  command
    .command('remove')
    .description('delete a downloaded model')
    .argument('<id>')
    .action(async (id: string) => {
      await removeModel(id);
      await printLine(`removed ${id}`);
    });
  command
    .command('path')
    .description('print the folder of a model')
    .argument('[id]', 'default: the embedded model')
    .action(async (id: string | undefined) => printLine(await locateModel(id)));
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const models = await listModels();
  if (json) {
    await print(models.map((model) => jsonLine({ version: OUTPUT_VERSION, ...model })).join(''));
    return;
  }
  const width = Math.max(...models.map(({ id }) => id.length));
  for (const { id, state, dimension, licence, description } of models) {
    await printLine(
      `${id.padEnd(width)}  ${state.padEnd(9)}  ${String(dimension).padStart(4)}-d  ${licence.padEnd(10)}  ${description}`,
    );
  }
}

async function pull(id: string, options: PullCommandOptions, signal: AbortSignal): Promise<void> {
  const { mirror, quantize } = options;
  const meter = await lossMeter(options, signal);
  let loss: ToldLoss | undefined;
  let bar: { readonly file: string; readonly bar: ProgressBar } | undefined;
  try {
    const { directory, info } = await pullModel(id, {
      mirror,
      signal,
      quantize,
      onConverted: async (checkpoint, model) => {
        bar?.bar.stop();
        loss = await meter?.(checkpoint, model);
      },
      onProgress: (file, received, total) => {
        if (total === undefined) return;
        if (bar?.file !== file) {
          bar?.bar.stop();
          bar = { file, bar: createProgressBar(Math.ceil(total / 1e6), 'MB') };
        }
        bar.bar.update(received / 1e6, file);
      },
    });
    bar?.bar.stop();
    await printLine(`${directory}: model "${info.id}", ${info.dimension} dimensions, sha256 ${info.sha256}`);
    if (loss !== undefined) await printLine(lossLine(info.quantization, loss));
  } finally {
    bar?.bar.stop();
  }
}

async function verify(ids: readonly string[]): Promise<void> {
  const directories =
    ids.length > 0
      ? await Promise.all(ids.map((id) => locateModel(id)))
      : (await listModels()).flatMap(({ directory }) => (directory === undefined ? [] : [directory]));
  for (const directory of directories) {
    const { id, sha256 } = await verifyModel(directory);
    await printLine(`${id}  ok  ${sha256}  ${directory}`);
  }
}
