import { basename } from 'node:path';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { showError, showWarning } from '../../../platform/notifications.js';
import { shownItem } from '../../../platform/quick-picks.js';
import { begin } from '../../../platform/report-failure.js';
import { readSettings } from '../../../platform/settings.js';
import { choose, explainTrust } from '../state/chosen-setting.js';
import { type FoundHeadFile, findHeadFiles, previewHeadFile } from '../state/find-heads.js';
import type { HeadPreview } from '../state/head-preview.js';
import { recentHeads, rememberHead } from '../state/recent-heads.js';
import type { ModelServices } from '../state/services.js';

interface HeadItem extends vscode.QuickPickItem {
  /** Done when the item is chosen. */
  readonly run?: () => unknown;
}

/** `ecapa.switchHead`: the model's own, those in the workspace, those used before, or a way to a new one. */
export async function switchHead(services: ModelServices): Promise<void> {
  if (!explainTrust()) return;
  const { model, head: current } = readSettings();
  const search = new vscode.CancellationTokenSource();
  const pick = vscode.window.createQuickPick<HeadItem>();
  pick.placeholder = vscode.l10n.t('Which head should give the verdicts?');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  const own: HeadItem = {
    label: vscode.l10n.t('The model’s own head'),
    iconPath: new vscode.ThemeIcon(current === undefined ? 'check' : 'circle-large-outline'),
    run: () => choose('head', undefined),
  };
  pick.items = [own, ...waysToNewHeads()].map(shownItem);
  pick.busy = true;
  pick.onDidAccept(() => {
    const [item] = pick.activeItems;
    pick.hide();
    begin(services.log, vscode.l10n.t('Switch head'), () => item?.run?.());
  });
  pick.onDidHide(() => {
    search.cancel();
    search.dispose();
    pick.dispose();
  });
  pick.show();
  try {
    const items = await headItems();
    if (!search.token.isCancellationRequested)
      pick.items = [own, ...items, ...waysToNewHeads()].map(shownItem);
  } finally {
    pick.busy = false;
  }

  async function headItems(): Promise<HeadItem[]> {
    const { modelOfHead } = await loadCore();
    const found = await findHeadFiles(search.token);
    const recent: FoundHeadFile[] = [];
    for (const path of recentHeads(services.context)) {
      if (found.some((one) => one.path === path)) continue;
      const preview = await previewHeadFile(path);
      if (preview !== undefined) recent.push({ ...preview, path });
    }
    return [
      ...(await section(vscode.l10n.t('In this workspace'), found)),
      ...(await section(vscode.l10n.t('Used before'), recent)),
    ];

    async function section(label: string, heads: readonly FoundHeadFile[]): Promise<HeadItem[]> {
      if (heads.length === 0) return [];
      // A model that is not there is one to get away from: the heads can be chosen all the same.
      const items = heads.map(async (head) =>
        itemOf(head, await idOfModel(await modelOfHead(model, head)).catch(() => undefined)),
      );
      return [{ label, kind: vscode.QuickPickItemKind.Separator }, ...(await Promise.all(items))];
    }
  }

  function itemOf(head: FoundHeadFile, modelId: string | undefined): HeadItem {
    const isOther = modelId !== undefined && head.modelId !== modelId;
    const icon = head.path === current ? 'check' : isOther ? 'warning' : 'circle-large-outline';
    return {
      label: head.id,
      iconPath: new vscode.ThemeIcon(icon),
      description: isOther
        ? vscode.l10n.t('for another model: {0}', head.modelId)
        : vscode.workspace.asRelativePath(head.path),
      detail: head.labels.join(', '),
      run: () => useHead(services, head.path),
    };
  }

  function waysToNewHeads(): HeadItem[] {
    const way = (label: string, icon: string, run: () => unknown): HeadItem => ({
      label,
      iconPath: new vscode.ThemeIcon(icon),
      run,
    });
    return [
      { label: '', kind: vscode.QuickPickItemKind.Separator },
      way(vscode.l10n.t('Browse…'), 'folder-opened', () => browse(services)),
      way(vscode.l10n.t('Train from classes…'), 'mortar-board', () =>
        vscode.commands.executeCommand('ecapa.trainFromClasses'),
      ),
      way(vscode.l10n.t('Train from folders…'), 'mortar-board', () =>
        vscode.commands.executeCommand('ecapa.trainFromFolders'),
      ),
      way(vscode.l10n.t('Import from scikit-learn…'), 'desktop-download', () =>
        vscode.commands.executeCommand('ecapa.importSklearn'),
      ),
    ];
  }
}

/**
 * Uses a head file from now on, in this workspace, or for the user when no folder is open. One that belongs to
 * another model is not set; a message that is not waited for gives the reason and offers to switch the model too.
 */
export async function useHead(services: ModelServices, path: string): Promise<void> {
  if (!explainTrust()) return;
  const { isEcapaError, modelOfHead } = await loadCore();
  const preview = await previewHeadFile(path);
  if (preview === undefined) {
    const name = vscode.workspace.asRelativePath(path);
    void showError(vscode.l10n.t('{0} is not a head file. Heads are made by training or importing.', name));
    return;
  }
  const model = await modelOfHead(readSettings().model, preview);
  const modelId = await idOfModel(model).catch((error: unknown) => {
    if (isEcapaError(error)) return undefined; // what is wrong with the model is shown when it is used
    throw error;
  });
  if (modelId !== undefined && modelId !== preview.modelId) {
    begin(services.log, vscode.l10n.t('Switch head'), () =>
      explainOtherModel(services, path, preview, modelId),
    );
    return;
  }
  await setHead(services, path);
}

async function setHead(services: ModelServices, path: string): Promise<void> {
  await rememberHead(services.context, path);
  const isSame = readSettings().head === path;
  await choose('head', path);
  if (isSame) services.engine.reload(); // the file was written anew
}

async function explainOtherModel(
  services: ModelServices,
  path: string,
  { id, modelId }: HeadPreview,
  currentId: string,
): Promise<void> {
  const { listModels } = await loadCore();
  const known = (await listModels()).find((model) => model.id === modelId);
  const both = vscode.l10n.t('Switch Model Too');
  const message = vscode.l10n.t(
    'Head “{0}” was made for model “{1}”; verdicts now come from model “{2}”, whose embeddings mean something else to it.',
    id,
    modelId,
    currentId,
  );
  const isAtHand = known !== undefined && known.state !== 'available';
  const hint = isAtHand
    ? ''
    : ` ${vscode.l10n.t('Pull or import that model first, or train the head again with this one.')}`;
  const answer = await showWarning(message + hint, ...(isAtHand ? [both] : []));
  if (answer !== both) return;
  // Without a setting the head's own model is taken.
  await choose('model', known?.state === 'embedded' ? undefined : modelId);
  await setHead(services, path);
}

async function browse(services: ModelServices): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    filters: { [vscode.l10n.t('Heads')]: ['json'] },
    openLabel: vscode.l10n.t('Use This Head'),
  });
  if (chosen?.[0] !== undefined) await useHead(services, chosen[0].fsPath);
}

/** The id in a model's description; its weights are not loaded. Throws as `locateModel` and `loadModelInfo`. */
export async function idOfModel(model: string | undefined): Promise<string> {
  const { locateModel, loadModelInfo } = await loadCore();
  return (await loadModelInfo(await locateModel(model))).id;
}

/** What a head is called where there is little room: its file's name or its id. */
export function shortName(head: string): string {
  return basename(head, '.json');
}
