import * as vscode from 'vscode';
import type { Engine } from '../../platform/engine/engine.js';
import { IdentityQuestion } from '../../platform/engine/identity-question.js';
import { loadOnDemand } from '../../platform/on-demand.js';
import { CorrectionStore } from './corrections.js';
import { cut, cutAudio } from './cut-audio.js';
import { TimelineEditors, VIEW_TYPE } from './editor-provider.js';
import { openByDefault, openSample } from './open-sample.js';
import { TimelineCache } from './timeline-cache.js';

/** What this extension's tests, and teaching, can reach of timelines. */
export interface TimelineApi {
  readonly editors: TimelineEditors;
  readonly corrections: CorrectionStore;
  readonly cut: typeof cut;
  readonly onDemand: typeof loadOnDemand;
}

/** Registers the timeline editor. */
export function registerTimeline(
  context: vscode.ExtensionContext,
  { engine, log }: { readonly engine: Engine; readonly log: vscode.LogOutputChannel },
): TimelineApi {
  // Without a folder open there is no storage of a workspace: corrections are then the user's own.
  const ofWorkspace = context.storageUri ?? context.globalStorageUri;
  const corrections = new CorrectionStore(ofWorkspace, log);
  const cache = new TimelineCache(ofWorkspace);
  const storage = context.globalStorageUri;
  const question = new IdentityQuestion(engine, log);
  const drafts = vscode.Uri.joinPath(ofWorkspace, 'unsaved');
  const services = { engine, question, log, cache, corrections, storage, drafts };
  const editors = new TimelineEditors(context.extensionUri, services);
  context.subscriptions.push(
    question,
    corrections,
    editors,
    vscode.commands.registerCommand('ecapa.exportTimeline', (clicked?: vscode.Uri) =>
      editors.withActive(clicked, async (session) => (await loadOnDemand()).exportTimeline(session)),
    ),
    vscode.commands.registerCommand('ecapa.openSample', () => openSample(context)),
    vscode.commands.registerCommand('ecapa.openByDefault', openByDefault),
    vscode.commands.registerCommand('ecapa.importLabels', (clicked?: vscode.Uri) =>
      editors.withActive(clicked, async (session) => (await loadOnDemand()).importLabels(session)),
    ),
    vscode.commands.registerCommand('ecapa.hearTimeline', (file: vscode.Uri) =>
      editors.get(file)?.togglePlay(),
    ),
    vscode.commands.registerCommand('ecapa.cutAudio', (clicked?: vscode.Uri) =>
      editors.withActive(clicked, cutAudio),
    ),
    vscode.window.registerCustomEditorProvider(VIEW_TYPE, editors, {
      supportsMultipleEditorsPerDocument: false,
      webviewOptions: { retainContextWhenHidden: false, enableFindWidget: false },
    }),
  );
  return { editors, corrections, cut, onDemand: loadOnDemand };
}
