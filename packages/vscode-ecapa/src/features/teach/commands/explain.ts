import type { Embedding } from '@ecapa/core';
import type { EngineLease } from '@ecapa/core/host';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { Explanation, Neighbour } from '@ecapa/core/train';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { audioSource, nameOf } from '../../../platform/engine/audio-source.js';
import { percent, probabilityBar } from '../../../platform/figures.js';
import { showInformation } from '../../../platform/notifications.js';
import { problemOfFile } from '../../../platform/problem-text.js';
import { shownItem } from '../../../platform/quick-picks.js';
import { begin } from '../../../platform/report-failure.js';
import { readSettings } from '../../../platform/settings.js';
import { plainText } from '../../../platform/shown-text.js';
import { pickFiles, targetUris } from '../../../platform/targets.js';
import { TIMELINE_VIEW } from '../../../platform/view-types.js';
import { cutSpans } from '../state/cut-spans.js';
import { findClip } from '../state/find-clip.js';
import type { LastTraining } from '../state/last-training.js';
import type { TeachServices } from '../state/marking.js';
import { surestSpan } from '../state/surest-span.js';
import { spanText } from '../views/classes-tree.js';

export interface ExplainServices extends TeachServices {
  readonly trainings: Pick<LastTraining, 'load'>;
}

/** The beginning of a recording of hours is enough. */
const MOST_SECONDS_HEARD = 600;

interface Row extends vscode.QuickPickItem {
  /** The training clip, where its file still is. */
  readonly clip?: Neighbour;
  readonly opensTimeline?: boolean;
}

/**
 * `ecapa.explain`: the probabilities of each label and the training clips that sound most alike, as the head
 * keeps them; picking one opens it. The list is there at once and fills when the file has been heard.
 */
export async function explain(
  services: ExplainServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const [file] = await targetUris(services, clicked, selection).then((found) =>
    found.length > 0 ? found : pickFiles(),
  );
  if (file === undefined) return;
  const pick = vscode.window.createQuickPick<Row>();
  const abort = new AbortController();
  pick.title = plainText(vscode.l10n.t('Why? {0}', vscode.workspace.asRelativePath(file)));
  pick.matchOnDescription = true;
  pick.busy = true;
  pick.onDidHide(() => {
    abort.abort();
    pick.dispose();
  });
  pick.onDidAccept(() => {
    const [{ clip, opensTimeline = false } = {}] = pick.selectedItems;
    begin(services.log, vscode.l10n.t('Open'), async () => {
      if (clip !== undefined) await openClip(services, clip);
      if (opensTimeline) await vscode.commands.executeCommand('vscode.openWith', file, TIMELINE_VIEW);
    });
  });
  pick.show();
  try {
    const rows = await explanation(services, file, abort.signal);
    pick.items = rows.map(shownItem);
    if (rows.some(({ clip }) => clip !== undefined))
      pick.placeholder = vscode.l10n.t('Pick a training clip to open it');
  } catch (error) {
    services.log.warn(`${nameOf(file)}: ${String(error)}`);
    pick.items = [shownItem(await failureRow(error))];
  } finally {
    pick.busy = false;
  }
}

/**
 * Of a long recording, the part where it is surest is explained. Throws EcapaError for what is wrong with the file, the
 * model or the head.
 */
export async function explanation(
  { engine }: Pick<TeachServices, 'engine'>,
  file: vscode.Uri,
  signal: AbortSignal,
): Promise<Row[]> {
  const core = await loadCore();
  const lease = await engine.lease();
  try {
    const source = await audioSource(file);
    const options = { signal, name: nameOf(file) };
    const { values, modelId } = await lease.classifier.embed(source, options).catch((error: unknown) => {
      const isLong = core.isEcapaError(error) && error.code === 'TOO_LONG';
      if (isLong && typeof source === 'string') return { values: undefined, modelId: '' };
      throw error;
    });
    if (values === undefined) return await longExplanation(lease, file, signal);
    return await clipExplanation(lease, { values, modelId });
  } finally {
    lease.release();
  }
}

async function clipExplanation(
  { head }: Pick<EngineLease, 'head'>,
  embedding: Pick<Embedding, 'values' | 'modelId'>,
): Promise<Row[]> {
  const core = await loadCore();
  try {
    return rowsOf(core.explain(head, embedding));
  } catch (error) {
    // A head without clips still has probabilities.
    if (!core.isEcapaError(error) || error.code !== 'HEAD_INVALID') throw error;
    return [
      ...probabilityRows(core.predict(head, embedding)),
      separator(vscode.l10n.t('Nearest training clips')),
      {
        label: vscode.l10n.t('This head keeps no training clips.'),
        detail: vscode.l10n.t('Train a head from your own clips to see which of them a recording is like.'),
        iconPath: new vscode.ThemeIcon('info'),
      },
    ];
  }
}

/** Finds where the recording is surest, cuts that out, and explains it. */
async function longExplanation(lease: EngineLease, file: vscode.Uri, signal: AbortSignal): Promise<Row[]> {
  const segments: TimelineSegment[] = [];
  const options = { head: lease.head, signal, name: nameOf(file) };
  for await (const event of lease.classifier.timeline(file.fsPath, options)) {
    if (event.type === 'segment') segments.push(event.segment);
    if ((segments.at(-1)?.endSeconds ?? 0) > MOST_SECONDS_HEARD) break;
  }
  const span = surestSpan(segments);
  if (span === undefined) return [longRow()];
  const { makeTemporaryFolder, removeTemporary } = await loadCore();
  const folder = await makeTemporaryFolder();
  try {
    const { ffmpegPath } = readSettings();
    const [clip] = await cutSpans(file.fsPath, [span], { folder, ffmpegPath, signal });
    if (clip === undefined) return [longRow()];
    const { values, modelId } = await lease.classifier.embed(clip, { signal, name: nameOf(file) });
    const where = vscode.l10n.t('Of {0}, where it is surest to be “{1}”', spanText(span), span.label);
    return [separator(where), longRow(), ...(await clipExplanation(lease, { values, modelId }))];
  } finally {
    await removeTemporary(folder);
  }
}

function longRow(): Row {
  return {
    label: vscode.l10n.t('It is long, so it was heard window by window.'),
    detail: vscode.l10n.t('Pick this to open its timeline: what is where, and how sure.'),
    iconPath: new vscode.ThemeIcon('graph-line'),
    alwaysShow: true,
    opensTimeline: true,
  };
}

/** Why there is no explanation. Of a long recording there is another one: its timeline. */
async function failureRow(error: unknown): Promise<Row> {
  const { isEcapaError } = await loadCore();
  if (isEcapaError(error) && error.code === 'TOO_LONG') return longRow();
  // A row has one line: what it is about stands in the title already.
  const message = isEcapaError(error) ? problemOfFile(error) : String(error);
  const [label = message, ...rest] = message.split(/(?<=\.) |(?<=。)/);
  return { label, detail: rest.join(' '), iconPath: new vscode.ThemeIcon('error'), alwaysShow: true };
}

function rowsOf({ prediction, neighbours, nearestOfEach }: Explanation): Row[] {
  return [
    ...probabilityRows(prediction),
    separator(vscode.l10n.t('Nearest training clips')),
    ...neighbours.map(clipRow),
    separator(vscode.l10n.t('Nearest of each class')),
    ...nearestOfEach.map(clipRow),
  ];
}

function probabilityRows({ labels, probabilities }: Explanation['prediction']): Row[] {
  const rows = labels.map((label, k) => ({ label, probability: probabilities[k] ?? 0 }));
  return [
    separator(vscode.l10n.t('Probability')),
    ...rows
      .sort((a, b) => b.probability - a.probability)
      .map(({ label, probability }) => ({
        label,
        description: `${probabilityBar(probability)} ${percent(probability)}`,
      })),
  ];
}

function clipRow(clip: Neighbour): Row {
  return {
    label: clip.label,
    description: `${probabilityBar(clip.similarity)} ${clip.similarity.toFixed(2)}`,
    detail: clip.path,
    iconPath: new vscode.ThemeIcon('file-media'),
    clip,
  };
}

function separator(label: string): Row {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** Opens a training clip where it can be heard; from another training its name may lead nowhere here. */
async function openClip({ trainings }: ExplainServices, { path }: Neighbour): Promise<void> {
  const clip = await findClip(path, (await trainings.load())?.sources);
  if (clip !== undefined) await vscode.commands.executeCommand('ecapa.openClip', clip.uri, clip.span);
  else void showInformation(vscode.l10n.t('{0} was not found here.', path));
}
