import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { showError, showInformation } from '../../../platform/notifications.js';
import { problemOfFile } from '../../../platform/problem-text.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { begin } from '../../../platform/report-failure.js';
import { readSettings } from '../../../platform/settings.js';
import { choose, explainTrust } from '../state/chosen-setting.js';
import { previewHeadFile } from '../state/find-heads.js';
import type { ModelServices } from '../state/services.js';

interface ModelItem extends vscode.QuickPickItem {
  readonly run?: () => unknown;
}

/** Without what follows a semicolon: how to get it by the command line. */
export function described(description: string): string {
  return description.split(';')[0] ?? description;
}

/** Where imported models are kept unless the user chooses another place. */
export function importedModelsFolder({ globalStorageUri }: vscode.ExtensionContext): string {
  return join(globalStorageUri.fsPath, 'models');
}

/** `ecapa.selectModel`: embedded, pulled and imported models, and ways to more. */
export async function selectModel(services: ModelServices): Promise<void> {
  if (!explainTrust()) return;
  const { listModels, loadEmbeddedManifest, loadModelInfo, locateModel } = await loadCore();
  const { manifest } = await loadEmbeddedManifest();
  const { model: current } = readSettings();
  const used = await locateModel(current).catch(() => undefined);
  const icon = (directory: string | undefined): vscode.ThemeIcon =>
    new vscode.ThemeIcon(
      directory === undefined ? 'cloud-download' : directory === used ? 'check' : 'circle-large-outline',
    );
  const listed = (await listModels()).map(
    ({ id, description, licence, dimension, state, directory }): ModelItem => ({
      label: id,
      description: state === 'available' ? vscode.l10n.t('to be downloaded') : licence,
      detail: vscode.l10n.t('{0} · {1} dimensions', described(description), dimension),
      iconPath: icon(directory),
      run: () =>
        state === 'available'
          ? vscode.commands.executeCommand('ecapa.pullModel', id)
          : useModel(services, id === manifest.defaultModel ? undefined : id, id),
    }),
  );
  const folder = importedModelsFolder(services.context);
  const imported: ModelItem[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const directory = join(folder, name);
    const info = await loadModelInfo(directory).catch(() => undefined);
    if (info === undefined) continue;
    imported.push({
      label: name,
      description: info.id,
      detail: vscode.l10n.t('{0} · {1} dimensions', info.source, info.dimension),
      iconPath: icon(directory),
      run: () => useModel(services, directory, info.id),
    });
  }
  const items: ModelItem[] = [
    ...listed,
    ...(imported.length === 0
      ? []
      : [{ label: vscode.l10n.t('Imported'), kind: vscode.QuickPickItemKind.Separator }, ...imported]),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    {
      label: vscode.l10n.t('Browse…'),
      iconPath: new vscode.ThemeIcon('folder-opened'),
      run: () => browse(services),
    },
    {
      label: vscode.l10n.t('Import SpeechBrain checkpoint…'),
      iconPath: new vscode.ThemeIcon('desktop-download'),
      run: () => vscode.commands.executeCommand('ecapa.importSpeechbrain'),
    },
  ];
  const picked = await pickOne(items, {
    placeHolder: vscode.l10n.t('Which model should hear the recordings?'),
    matchOnDetail: true,
  });
  await picked?.run?.();
}

/**
 * Uses a model from now on: by its id or folder, or the embedded one. A head that belongs to another model
 * gives way to the model's own, or to the question where one is to come from; neither is waited for.
 */
export async function useModel(
  { context: _, ...services }: ModelServices,
  name: string | undefined,
  modelId: string,
): Promise<void> {
  if (!explainTrust()) return;
  const { head } = readSettings();
  await choose('model', name);
  const preview = head === undefined ? undefined : await previewHeadFile(head);
  const isForeign = preview !== undefined && preview.modelId !== modelId;
  if (isForeign) await choose('head', undefined);
  const { loadEmbeddedManifest } = await loadCore();
  const { manifest } = await loadEmbeddedManifest();
  if (head !== undefined && !isForeign) return;
  if (manifest.heads.some((one) => one.modelId === modelId)) {
    if (isForeign)
      void showInformation(
        vscode.l10n.t(
          'Head “{0}” belongs to model “{1}”, so verdicts now come from the own head of “{2}”.',
          preview.id,
          preview.modelId,
          modelId,
        ),
      );
    return;
  }
  services.log.info(`model ${modelId} has no head of its own`);
  begin(services.log, vscode.l10n.t('Use This Model'), () => offerHeads(modelId));
}

async function offerHeads(modelId: string): Promise<void> {
  const train = vscode.l10n.t('Train from Folders…');
  const importing = vscode.l10n.t('Import from scikit-learn…');
  const answer = await showInformation(
    vscode.l10n.t(
      'Model “{0}” has no head of its own: teach it your classes, or import a head that was fitted on it.',
      modelId,
    ),
    train,
    importing,
  );
  if (answer === train) await vscode.commands.executeCommand('ecapa.trainFromFolders');
  if (answer === importing) await vscode.commands.executeCommand('ecapa.importSklearn');
}

async function browse(services: ModelServices): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Use This Model'),
  });
  const folder = chosen?.[0]?.fsPath;
  if (folder === undefined) return;
  const { loadModelInfo, isEcapaError } = await loadCore();
  try {
    await useModel(services, folder, (await loadModelInfo(folder)).id);
  } catch (error) {
    if (!isEcapaError(error)) throw error;
    void showError(vscode.l10n.t('{0} is not a model folder: {1}', basename(folder), problemOfFile(error)));
  }
}
