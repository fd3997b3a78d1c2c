import * as vscode from 'vscode';
import { importSklearnHead } from './commands/import-sklearn.js';
import { importSpeechbrainCheckpoint } from './commands/import-speechbrain.js';
import { pullModel, pullModelById } from './commands/pull-model.js';
import { selectModel } from './commands/select-model.js';
import { switchHead, useHead } from './commands/switch-head.js';
import { importSklearnFile, importSpeechbrainFolder } from './state/importing.js';
import type { HeadUse, ModelServices } from './state/services.js';
import { HeadStatus } from './views/head-status.js';

/** What this extension's tests can reach of models and heads: what the commands do, without their questions. */
export interface ModelsApi {
  readonly status: HeadStatus;
  readonly pull: typeof pullModelById;
  readonly importSklearn: typeof importSklearnFile;
  readonly importSpeechbrain: typeof importSpeechbrainFolder;
}

/** Registers the commands on models and heads, and the head in the status bar. */
export function registerModels(services: ModelServices, use: HeadUse): ModelsApi {
  const command = <Args extends unknown[]>(
    name: string,
    run: (own: ModelServices, ...args: Args) => unknown,
  ): vscode.Disposable => vscode.commands.registerCommand(name, (...args: Args) => run(services, ...args));
  const status = new HeadStatus(services, use);
  services.context.subscriptions.push(
    status,
    command('ecapa.switchHead', switchHead),
    command('ecapa.selectModel', selectModel),
    command('ecapa.importSklearn', importSklearnHead),
    command('ecapa.importSpeechbrain', importSpeechbrainCheckpoint),
    command('ecapa.pullModel', pullModel),
    command('ecapa.useHead', useHead),
  );
  return {
    status,
    pull: pullModelById,
    importSklearn: importSklearnFile,
    importSpeechbrain: importSpeechbrainFolder,
  };
}
