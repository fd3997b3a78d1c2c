import * as vscode from 'vscode';
import { showError, showInformation } from '../../platform/notifications.js';
import { loadOnDemand } from '../../platform/on-demand.js';
import { problemOfError } from '../../platform/problem-text.js';
import { cutAudio } from './cut-audio.js';
import { isPageMessage } from './messages.js';
import { pageHtml } from './page-html.js';
import { isPersonLabels, type PersonLabels } from './person-labels.js';
import { type TimelineServices, TimelineSession } from './session.js';
import { readJson, writeJson } from './storage.js';

export const VIEW_TYPE = 'ecapa.timeline';

/** The editor's document: the session, which ends with it. */
class TimelineDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly session: TimelineSession;
  /** Not saved by a window that ended, and unknown to VS Code. */
  unsaved: PersonLabels | undefined;
  readonly #onDispose: () => void;

  constructor(session: TimelineSession, unsaved: PersonLabels | undefined, onDispose: () => void) {
    this.uri = session.uri;
    this.session = session;
    this.unsaved = unsaved;
    this.#onDispose = onDispose;
  }

  dispose(): void {
    this.#onDispose();
    this.session.dispose();
  }
}

/** The editor `ecapa.timeline`: what it saves are labels, never the recording. */
export class TimelineEditors implements vscode.CustomEditorProvider<TimelineDocument>, vscode.Disposable {
  readonly #extension: vscode.Uri;
  readonly #services: TimelineServices;
  readonly #sessions = new Map<string, TimelineSession>();
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #edited = new vscode.EventEmitter<vscode.CustomDocumentEditEvent<TimelineDocument>>();
  readonly onDidChangeCustomDocument = this.#edited.event;

  constructor(extension: vscode.Uri, services: TimelineServices) {
    this.#extension = extension;
    this.#services = services;
    this.#subscriptions.push(
      services.engine.onDidChange(() => {
        for (const session of this.#sessions.values()) void session.checkStaleness();
      }),
      services.corrections.onDidChange((uri) => void this.#sessions.get(uri)?.labelling.reload()),
    );
  }

  get openCount(): number {
    return this.#sessions.size;
  }

  /** The open timeline of a file. */
  get(uri: vscode.Uri): TimelineSession | undefined {
    return this.#sessions.get(uri.toString());
  }

  async openCustomDocument(
    uri: vscode.Uri,
    { backupId }: vscode.CustomDocumentOpenContext,
  ): Promise<TimelineDocument> {
    const session = new TimelineSession(uri, this.#services);
    this.#sessions.set(uri.toString(), session);
    const watcher = watch(uri, () => void session.checkStaleness());
    await session.open();
    const unsaved = await session.labelling.unsaved();
    if (backupId !== undefined) {
      const backup = unsaved ?? (await readJson(vscode.Uri.parse(backupId), isPersonLabels));
      if (backup !== undefined) session.labelling.restoreBackup(backup);
    }
    const edits = session.labelling.onDidEdit((edit) => this.#edited.fire({ document, ...edit }));
    const document = new TimelineDocument(session, backupId === undefined ? unsaved : undefined, () => {
      edits.dispose();
      watcher.dispose();
      if (this.#sessions.get(uri.toString()) === session) this.#sessions.delete(uri.toString());
    });
    return document;
  }

  async saveCustomDocument({ session }: TimelineDocument): Promise<void> {
    await session.labelling.save();
  }

  /** The recording under another name, with the labels as they are shown. */
  async saveCustomDocumentAs({ uri, session }: TimelineDocument, destination: vscode.Uri): Promise<void> {
    await vscode.workspace.fs.copy(uri, destination, { overwrite: true });
    await this.#services.corrections.set(destination.toString(), session.said);
  }

  async revertCustomDocument({ session }: TimelineDocument): Promise<void> {
    await session.labelling.revert();
  }

  async backupCustomDocument(
    { session }: TimelineDocument,
    { destination }: vscode.CustomDocumentBackupContext,
  ): Promise<vscode.CustomDocumentBackup> {
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(destination, '..'));
    await writeJson(destination, session.said);
    const remove = (): void => void vscode.workspace.fs.delete(destination).then(undefined, () => undefined); // it may be gone
    return { id: destination.toString(), delete: remove };
  }

  resolveCustomEditor(document: TimelineDocument, panel: vscode.WebviewPanel): void {
    const { session, unsaved } = document;
    const { webview } = panel;
    webview.options = {
      enableScripts: true,
      localResourceRoots: [
        vscode.Uri.joinPath(this.#extension, 'dist', 'webview'),
        vscode.Uri.joinPath(this.#extension, 'media'),
        vscode.Uri.joinPath(session.uri, '..'),
        this.#services.storage,
      ],
    };
    session.attach(webview);
    webview.onDidReceiveMessage((message: unknown) => void this.#receive(session, message));
    webview.html = pageHtml(webview, this.#extension);
    document.unsaved = undefined;
    // Edits are heard from now on.
    if (unsaved !== undefined) void this.#reporting(session, () => session.labelling.restoreUnsaved(unsaved));
  }

  /** Does what needs dialogs with the open timeline of a file, or with the one in the active editor. */
  async withActive(
    clicked: vscode.Uri | undefined,
    run: (session: TimelineSession) => Promise<void>,
  ): Promise<void> {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const uri = clicked ?? (input instanceof vscode.TabInputCustom ? input.uri : undefined);
    const session = uri && this.get(uri);
    if (session === undefined) {
      const hint = vscode.l10n.t('Open a recording in the ECAPA timeline first.');
      void showInformation(hint);
      return;
    }
    await this.#reporting(session, () => run(session));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#edited.dispose();
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }

  async #receive(session: TimelineSession, message: unknown): Promise<void> {
    const { log } = this.#services;
    if (!isPageMessage(message)) {
      log.warn(
        `a message of the timeline's page was not understood: ${JSON.stringify(message)?.slice(0, 200)}`,
      );
      return;
    }
    await this.#reporting(session, async () => {
      if (message.type === 'export') await (await loadOnDemand()).exportTimeline(session);
      else if (message.type === 'cut') await cutAudio(session);
      else if (message.type === 'importLabels') await (await loadOnDemand()).importLabels(session);
      else if (message.type === 'showLog') log.show();
      else await session.receive(message);
    });
  }

  /** Errors are shown and logged, never thrown into the host. */
  async #reporting(session: TimelineSession, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#services.log.error(`${session.uri.toString(true)}: ${reason}`);
      void showError(problemOfError(error));
    }
  }
}

/** Calls back when the file itself changes, comes or goes. */
function watch(uri: vscode.Uri, onChange: () => void): vscode.Disposable {
  const folder = vscode.Uri.joinPath(uri, '..');
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'));
  const check = (changed: vscode.Uri): void => {
    if (changed.toString() === uri.toString()) onChange();
  };
  watcher.onDidChange(check);
  watcher.onDidCreate(check);
  watcher.onDidDelete(check);
  return watcher;
}
