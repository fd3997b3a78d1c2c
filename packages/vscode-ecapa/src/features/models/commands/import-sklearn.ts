import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import { askForHeadFile } from '../../../platform/ask-for-head-file.js';
import { loadCore } from '../../../platform/core.js';
import { showInformation, withProgress } from '../../../platform/notifications.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { begin, reportFailure } from '../../../platform/report-failure.js';
import { readSettings } from '../../../platform/settings.js';
import { importSklearnFile } from '../state/importing.js';
import type { ModelServices } from '../state/services.js';
import { described } from './select-model.js';
import { idOfModel, useHead } from './switch-head.js';

/** `ecapa.importSklearn`: a head file of what joblib.dump or pickle.dump wrote; nothing in it is executed. */
export async function importSklearnHead(
  services: ModelServices,
  clicked: vscode.Uri | undefined,
): Promise<void> {
  const file = (clicked ?? (await askForFile()))?.fsPath;
  if (file === undefined) return;
  const modelId = await askForModel();
  if (modelId === undefined) return;
  const output = await askForHeadFile(basename(file, extname(file)));
  if (output === undefined) return;
  try {
    const { head, estimator } = await withProgress(
      vscode.l10n.t('Reading {0}', basename(file)),
      (_, signal) =>
        importSklearnFile(file, output, {
          modelId,
          headId: basename(output, '.json'),
          signal,
        }),
    );
    services.log.info(`${output}: head of ${estimator}`);
    begin(services.log, vscode.l10n.t('Switch head'), () =>
      offer(services, output, head.id, estimator, head.labels),
    );
  } catch (error) {
    await reportFailure(services.log, vscode.l10n.t('Import'), error);
  }
}

async function offer(
  services: ModelServices,
  output: string,
  id: string,
  estimator: string,
  labels: readonly string[],
): Promise<void> {
  const use = vscode.l10n.t('Use This Head');
  const message = vscode.l10n.t('Head “{0}” is made of {1}: {2}', id, estimator, labels.join(', '));
  if ((await showInformation(message, use)) === use) await useHead(services, output);
}

async function askForFile(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    filters: { [vscode.l10n.t('scikit-learn files')]: ['pkl', 'pickle', 'joblib'] },
    openLabel: vscode.l10n.t('Import'),
  });
  return chosen?.[0];
}

/** The file does not say which embeddings it was fitted on: only the user knows. */
async function askForModel(): Promise<string | undefined> {
  const { listModels } = await loadCore();
  const current = await idOfModel(readSettings().model).catch(() => undefined);
  const models = await listModels();
  const ids = [...new Set([...models.map(({ id }) => id), ...(current === undefined ? [] : [current])])];
  const items = ids.map((id) => ({
    label: id,
    description: id === current ? vscode.l10n.t('in use') : '',
    detail: described(models.find((model) => model.id === id)?.description ?? ''),
  }));
  const picked = await pickOne(items, {
    placeHolder: vscode.l10n.t('Which model’s embeddings was it fitted on? The file does not say.'),
  });
  return picked?.label;
}
