import type { Manifest } from '@ecapa/core';
import type { DownloadEvent, Jobs } from '@ecapa/core/host';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { showError, showInformation, withProgress } from '../../../platform/notifications.js';
import type { ProgressUpdate } from '../../../platform/progress-updates.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { begin, reportFailure } from '../../../platform/report-failure.js';
import { runJob } from '../../../platform/run-job.js';
import { readSettings, SECTION } from '../../../platform/settings.js';
import { TimeLeft } from '../../../platform/time-left.js';
import { timeLeftText } from '../../../platform/time-left-text.js';
import { explainTrust } from '../state/chosen-setting.js';
import type { ModelServices } from '../state/services.js';
import { described, useModel } from './select-model.js';

export interface PullModelOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (event: DownloadEvent) => void;
  /** Another server than the setting and the manifest name. */
  readonly mirror?: string;
  /** Another manifest than this extension's. */
  readonly manifest?: Manifest;
}

/**
 * Downloads a model and converts it, in a process of its own; what has arrived is kept when it is cancelled or
 * breaks off, and continued from the next time. Throws as core's `pullModel`.
 */
export function pullModelById(id: string, options: PullModelOptions): Promise<Jobs['pull']['result']> {
  const { signal, onProgress, manifest } = options;
  const mirror = options.mirror ?? readSettings().mirror;
  return runJob(
    'pull',
    { id, mirror, manifest },
    { name: id, signal, env: proxyVariables(), ...(onProgress && { onEvent: onProgress }) },
  );
}

/** `ecapa.pullModel` */
export async function pullModel(services: ModelServices, wanted: string | undefined): Promise<void> {
  if (!explainTrust()) return;
  const id = typeof wanted === 'string' ? wanted : await askForModel();
  if (id === undefined) return;
  const { isEcapaError } = await loadCore();
  try {
    const { info } = await withProgress(vscode.l10n.t('Pulling model “{0}”', id), (report, signal) =>
      pullModelById(id, { signal, onProgress: reporting(report) }),
    );
    services.log.info(`model ${info.id} is here, sha256 ${info.sha256}`);
    const use = vscode.l10n.t('Use This Model');
    const message = vscode.l10n.t('Model “{0}” is here.', info.id);
    begin(services.log, use, async () => {
      const answer = await showInformation(message, use);
      if (answer === use) await useModel(services, id, info.id);
    });
  } catch (error) {
    if (isEcapaError(error) && (error.code === 'OFFLINE' || error.code === 'DOWNLOAD_FAILED')) {
      services.log.error(error.message);
      begin(services.log, vscode.l10n.t('Pulling model “{0}”', id), () => explainByHand(id));
    } else await reportFailure(services.log, vscode.l10n.t('Pulling model “{0}”', id), error);
  }
}

function reporting(report: (update: ProgressUpdate) => void) {
  let current: { readonly name: string; readonly from: number; readonly timeLeft: TimeLeft } | undefined;
  return ({ file: name, receivedBytes: done, totalBytes: total }: DownloadEvent): void => {
    const nowSeconds = performance.now() / 1000;
    if (current?.name !== name) {
      current = { name, from: done, timeLeft: new TimeLeft(nowSeconds) };
    }
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
    if (total === undefined) {
      report({ message: vscode.l10n.t('{0}: {1} MB', name, megabytes(done)) });
      return;
    }
    const left = current.timeLeft.after(done - current.from, total - current.from, nowSeconds);
    const count = vscode.l10n.t('{0}: {1} of {2} MB', name, megabytes(done), megabytes(total));
    const message = left === undefined ? count : `${count} · ${timeLeftText(left)}`;
    report({ message, share: done / total });
  };
}

async function explainByHand(id: string): Promise<void> {
  const { loadEmbeddedManifest, downloadDirectory } = await loadCore();
  const entry = (await loadEmbeddedManifest()).manifest.models.find((model) => model.id === id);
  if (entry?.pull === undefined) return;
  const addresses = entry.pull.files.map(({ name }) => `${entry.pull?.hub}/${entry.pull?.path}/${name}`);
  const folder = downloadDirectory(id);
  const copy = vscode.l10n.t('Copy Addresses');
  const settings = vscode.l10n.t('Set a Mirror');
  const message = vscode.l10n.t(
    'Model “{0}” could not be downloaded. Get its {1} files on another machine, put them into {2} and pull again; or set a mirror.',
    id,
    addresses.length,
    folder,
  );
  const answer = await showError(message, copy, settings);
  if (answer === copy) await vscode.env.clipboard.writeText([...addresses, folder].join('\n'));
  if (answer === settings)
    await vscode.commands.executeCommand('workbench.action.openSettings', `${SECTION}.mirror`);
}

async function askForModel(): Promise<string | undefined> {
  const { listModels } = await loadCore();
  const models = (await listModels()).filter(({ state }) => state !== 'embedded');
  const items = models.map(({ id, description, licence, state }) => ({
    label: id,
    description: state === 'pulled' ? vscode.l10n.t('is here already') : licence,
    detail: described(description),
    iconPath: new vscode.ThemeIcon(state === 'pulled' ? 'check' : 'cloud-download'),
  }));
  const picked = await pickOne(items, {
    placeHolder: vscode.l10n.t(
      'Which model should be downloaded? This is the only time that the network is used.',
    ),
  });
  return picked?.label;
}

/** The editor's proxy, for a download that has no variables of its own to go by. */
function proxyVariables(): Record<string, string> {
  const proxy = vscode.workspace.getConfiguration('http').get<unknown>('proxy');
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = process.env;
  if (
    typeof proxy !== 'string' ||
    proxy === '' ||
    (HTTPS_PROXY ?? https_proxy ?? HTTP_PROXY ?? http_proxy) !== undefined
  )
    return {};
  return { HTTPS_PROXY: proxy, HTTP_PROXY: proxy };
}
