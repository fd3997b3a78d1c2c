import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { showInformation, withProgress } from '../../../platform/notifications.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { begin, reportFailure } from '../../../platform/report-failure.js';
import { importSpeechbrainFolder } from '../state/importing.js';
import type { ModelServices } from '../state/services.js';
import { importedModelsFolder, useModel } from './select-model.js';

/** `ecapa.importSpeechbrain`: a model folder of embedding_model.ckpt and hyperparams.yaml. */
export async function importSpeechbrainCheckpoint(
  services: ModelServices,
  clicked: vscode.Uri | undefined,
): Promise<void> {
  const directory = (clicked ?? (await askForFolder()))?.fsPath;
  if (directory === undefined) return;
  const output = await askForOutput(services, basename(directory));
  if (output === undefined) return;
  try {
    const { info, hasHyperparams } = await withProgress(
      vscode.l10n.t('Converting {0}', basename(directory)),
      (_, signal) => importSpeechbrainFolder(directory, output, { signal }),
    );
    services.log.info(`${output}: model ${info.id}, ${info.dimension} dimensions, sha256 ${info.sha256}`);
    if (!hasHyperparams)
      services.log.warn(`${directory}: no hyperparams.yaml; SpeechBrain's default dilations were taken`);
    begin(services.log, vscode.l10n.t('Use This Model'), () =>
      offer(services, output, info.id, info.dimension),
    );
  } catch (error) {
    await reportFailure(services.log, vscode.l10n.t('Import'), error);
  }
}

async function offer(services: ModelServices, output: string, id: string, dimension: number): Promise<void> {
  const use = vscode.l10n.t('Use This Model');
  const message = vscode.l10n.t('Model “{0}” is ready: embeddings of {1} dimensions.', id, dimension);
  if ((await showInformation(message, use)) === use) await useModel(services, output, id);
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    title: vscode.l10n.t('Folder with embedding_model.ckpt and hyperparams.yaml'),
    openLabel: vscode.l10n.t('Import'),
  });
  return chosen?.[0];
}

/** A new folder: with this extension, or in one that the user chooses. */
async function askForOutput({ context }: ModelServices, name: string): Promise<string | undefined> {
  const here = {
    label: vscode.l10n.t('With this extension'),
    detail: vscode.l10n.t('Found under “Select Model” in every workspace.'),
    iconPath: new vscode.ThemeIcon('extensions'),
  };
  const elsewhere = {
    label: vscode.l10n.t('In a folder…'),
    detail: vscode.l10n.t('For other programs too: a folder with model.onnx and model.json.'),
    iconPath: new vscode.ThemeIcon('folder-opened'),
  };
  const picked = await pickOne([here, elsewhere], {
    placeHolder: vscode.l10n.t('Where should the model be kept?'),
  });
  if (picked === undefined) return undefined;
  if (picked === here) return unused(join(importedModelsFolder(context), name));
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Keep It Here'),
  });
  return chosen?.[0] === undefined ? undefined : unused(join(chosen[0].fsPath, `${name}-onnx`));
}

function unused(path: string): string {
  if (!existsSync(path)) return path;
  for (let number = 2; ; number++) if (!existsSync(`${path}-${number}`)) return `${path}-${number}`;
}
