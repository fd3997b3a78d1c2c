import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import { askForHeadFile } from '../../../platform/ask-for-head-file.js';
import { showInformation, withProgress } from '../../../platform/notifications.js';
import type { ProgressUpdate } from '../../../platform/progress-updates.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { begin, reportFailure } from '../../../platform/report-failure.js';
import { TimeLeft } from '../../../platform/time-left.js';
import { timeLeftText } from '../../../platform/time-left-text.js';
import {
  type CollectOptions,
  clipsOfClasses,
  clipsOfFolder,
  type LabelledClips,
} from '../state/labelled-clips.js';
import type { TeachServices } from '../state/marking.js';
import { type TrainingOptions, type TrainingOutcome, trainHeadFile } from '../state/training.js';
import type { ReportPage } from '../views/report-page.js';

/** Where clips come from: a folder or list, or the classes of the workspace. */
export type TrainingSource = vscode.Uri | 'classes';

export interface TrainServices extends TeachServices {
  readonly report: ReportPage;
}

/** `ecapa.trainFromFolders` */
export async function trainFromFolders(
  services: TrainServices,
  clicked: vscode.Uri | undefined,
): Promise<void> {
  const source = clicked ?? (await askForSource());
  if (source === undefined) return;
  await train(services, source, basename(source.path, extname(source.path)));
}

/** `ecapa.trainFromClasses` */
export async function trainFromClasses(services: TrainServices): Promise<void> {
  await services.classes.load();
  const workspace = vscode.workspace.workspaceFolders?.[0]?.name;
  await train(services, 'classes', workspace ?? 'head');
}

async function train(services: TrainServices, source: TrainingSource, name: string): Promise<void> {
  const output = await askForHeadFile(name);
  if (output === undefined) return;
  try {
    const outcome = await withProgress(
      vscode.l10n.t('Training head “{0}”', basename(output, '.json')),
      (report, signal) => trainFrom(services, source, { output, signal, ...reporting(report) }),
    );
    services.log.info(
      `${output}: head of ${outcome.head.labels.join(', ')}, ${outcome.failures.length} clips left out`,
    );
    for (const { name: clip, error } of outcome.failures) services.log.warn(`${clip}: ${error.message}`);
    await services.report.open(outcome);
    begin(services.log, vscode.l10n.t('Switch head'), () => offerHead(outcome));
  } catch (error) {
    await reportFailure(services.log, vscode.l10n.t('Training'), error);
  }
}

/** Collects the clips and trains on them. Throws as `clipsOfFolder`, `clipsOfClasses` and `trainHeadFile`. */
export async function trainFrom(
  { classes, engine }: Pick<TeachServices, 'classes' | 'engine'>,
  source: TrainingSource,
  options: TrainingOptions & Pick<CollectOptions, 'onCut'>,
): Promise<TrainingOutcome> {
  const clips: LabelledClips = await (source === 'classes'
    ? clipsOfClasses(classes.list, options)
    : clipsOfFolder(source, options.signal));
  try {
    return await trainHeadFile(clips, engine, options);
  } finally {
    await clips.dispose();
  }
}

/** Shows a training's stages with counts, and how much time is left. */
function reporting(
  report: (update: ProgressUpdate) => void,
): Pick<TrainingOptions, 'onStage'> & Pick<CollectOptions, 'onCut'> {
  let timeLeft: TimeLeft | undefined;
  return {
    onCut: (done, total) =>
      report({ message: vscode.l10n.t('cutting out clips, recording {0} of {1}', done + 1, total) }),
    onStage: (stage) => {
      if (stage.stage === 'learn') {
        report({
          message: vscode.l10n.t('learning from {0} clips and testing on those left out', stage.total),
        });
        return;
      }
      if (stage.stage === 'mix') {
        const { done, total } = stage;
        report({
          share: done / total,
          message: vscode.l10n.t('hearing mixtures of the clips, {0} of {1}', done, total),
        });
        return;
      }
      const nowSeconds = performance.now() / 1000;
      timeLeft ??= new TimeLeft(nowSeconds);
      const { done, total, name } = stage;
      const left = timeLeft.after(done, total, nowSeconds);
      const parts = [
        vscode.l10n.t('{0} of {1}', done, total),
        ...(left === undefined ? [] : [timeLeftText(left)]),
        name,
      ];
      report({ share: done / total, message: parts.join(' · ') });
    },
  };
}

async function offerHead({ head, output, report }: TrainingOutcome): Promise<void> {
  const use = vscode.l10n.t('Use This Head');
  const { scores } = report;
  const message =
    scores === undefined
      ? vscode.l10n.t('Head “{0}” is trained; there were too few clips to test it.', head.id)
      : vscode.l10n.t(
          'Head “{0}” is trained: {1} of {2} clips right that it had not heard.',
          head.id,
          scores.accuracy.count,
          scores.accuracy.total,
        );
  const answer = await showInformation(message, use);
  if (answer === use) await vscode.commands.executeCommand('ecapa.useHead', output);
}

async function askForSource(): Promise<vscode.Uri | undefined> {
  const folder = {
    label: vscode.l10n.t('Folder…'),
    detail: vscode.l10n.t('One sub-folder per class, named after it; all audio below counts.'),
    iconPath: new vscode.ThemeIcon('folder'),
  };
  const list = {
    label: vscode.l10n.t('List…'),
    detail: vscode.l10n.t('A .csv with the columns path and label, or a .jsonl; paths relative to it.'),
    iconPath: new vscode.ThemeIcon('list-unordered'),
  };
  const picked = await pickOne([folder, list], {
    placeHolder: vscode.l10n.t('Where are the clips?'),
  });
  if (picked === undefined) return undefined;
  const isFolder = picked === folder;
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: isFolder,
    canSelectFiles: !isFolder,
    openLabel: vscode.l10n.t('Train'),
    ...(!isFolder && { filters: { [vscode.l10n.t('Lists of clips')]: ['csv', 'jsonl', 'ndjson'] } }),
  });
  return chosen?.[0];
}
