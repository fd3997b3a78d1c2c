import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { ClipLinks } from '@ecapa/core/train';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { showInformation } from '../../../platform/notifications.js';
import { offerToOpen } from '../../../platform/offer-to-open.js';
import { reportFailure } from '../../../platform/report-failure.js';
import { plainText } from '../../../platform/shown-text.js';
import { LastTraining } from '../state/last-training.js';
import type { TeachServices } from '../state/marking.js';
import { moveSuspect } from '../state/move-suspect.js';
import type { TrainingOutcome } from '../state/training.js';

const VIEW_TYPE = 'ecapa.report';
/** What links in the page may do. */
const COMMANDS = ['ecapa.openClip', 'ecapa.moveSuspect', 'ecapa.exportReport', 'ecapa.useHead'];
/** What Chromium plays; for the rest there is the timeline. */
const PLAYABLE = /\.(wav|mp3|flac|ogg|oga|opus|webm)$/i;

/** The page that reports on the last training: one panel, without scripts; its links are commands. */
export class ReportPage implements vscode.Disposable {
  readonly #services: TeachServices;
  readonly #last: LastTraining;
  readonly #serializer: vscode.Disposable;
  #panel: vscode.WebviewPanel | undefined;
  #outcome: TrainingOutcome | undefined;
  /** Classes that clips were moved to since, by their names in the report. */
  readonly #moved = new Map<string, string>();

  constructor(services: TeachServices) {
    this.#services = services;
    const { storageUri, globalStorageUri } = services.context;
    this.#last = new LastTraining(storageUri ?? globalStorageUri, services.log);
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel) => {
        this.#outcome ??= await this.#last.load();
        if (this.#outcome === undefined) panel.dispose();
        else await this.#adopt(panel);
      },
    });
  }

  /** What the page holds, for tests; undefined while it is not open. */
  get html(): string | undefined {
    return this.#panel?.webview.html;
  }

  /** Shows the report on a training and keeps it. */
  async open(outcome: TrainingOutcome): Promise<void> {
    this.#outcome = outcome;
    this.#moved.clear();
    await this.#last.save(outcome);
    await this.#show();
  }

  /** `ecapa.showReport` */
  async reopen(): Promise<void> {
    this.#outcome ??= await this.#last.load();
    if (this.#outcome !== undefined) await this.#show();
    else void showInformation(vscode.l10n.t('No head has been trained in this workspace yet.'));
  }

  /** `ecapa.moveSuspect`, from the page: puts a clip into the class where it belongs, which is asked for unless given. */
  async move(clip: string, wanted?: string): Promise<void> {
    if (this.#outcome === undefined) return;
    try {
      const name = await moveSuspect(this.#services, this.#outcome, clip, wanted);
      if (name === undefined) return;
      this.#moved.set(clip, name);
      await this.#render();
    } catch (error) {
      await reportFailure(this.#services.log, vscode.l10n.t('Move to class'), error);
    }
  }

  /** `ecapa.exportReport`: as one HTML file, without links. */
  async export(target?: vscode.Uri): Promise<void> {
    this.#outcome ??= await this.#last.load();
    const outcome = this.#outcome;
    if (outcome === undefined) return;
    const name = `${basename(outcome.output, '.json')}-report.html`;
    const chosen =
      target ??
      (await vscode.window.showSaveDialog({
        defaultUri: vscode.Uri.file(join(dirname(outcome.output), name)),
        filters: { HTML: ['html'] },
      }));
    if (chosen === undefined) return;
    try {
      const { teachingHtml, writeFileAtomically } = await loadCore();
      await writeFileAtomically(chosen.fsPath, teachingHtml(this.#portable(outcome), language()));
      const written = vscode.workspace.asRelativePath(chosen);
      void offerToOpen(vscode.l10n.t('Report exported to {0}', written), chosen);
    } catch (error) {
      await reportFailure(this.#services.log, vscode.l10n.t('Export'), error);
    }
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#panel?.dispose();
  }

  async #show(): Promise<void> {
    if (this.#panel === undefined) {
      await this.#adopt(
        vscode.window.createWebviewPanel(VIEW_TYPE, '', vscode.ViewColumn.Active, { enableFindWidget: true }),
      );
    } else {
      this.#panel.reveal();
      await this.#render();
    }
  }

  async #adopt(panel: vscode.WebviewPanel): Promise<void> {
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(this.#services.context.extensionUri, 'media', 'icon.png');
    panel.onDidDispose(() => {
      if (this.#panel === panel) this.#panel = undefined;
    });
    await this.#render();
  }

  async #render(): Promise<void> {
    const { teachingHtml } = await loadCore();
    const [panel, outcome] = [this.#panel, this.#outcome];
    if (panel === undefined || outcome === undefined) return;
    const { webview } = panel;
    webview.options = {
      enableScripts: false,
      enableCommandUris: COMMANDS,
      localResourceRoots: foldersOf(outcome),
    };
    panel.title = plainText(vscode.l10n.t('Head “{0}”', outcome.head.id));
    const nonce = randomBytes(16).toString('base64');
    webview.html = teachingHtml(this.#portable(outcome), {
      ...language(),
      style: THEME,
      nonce,
      contentSecurityPolicy: `default-src 'none'; style-src 'nonce-${nonce}'; media-src ${webview.cspSource}`,
      linksOf: (clip) => this.#linksOf(clip, outcome, webview),
      actions: [
        { href: commandUri('ecapa.useHead', outcome.output), text: vscode.l10n.t('Use This Head') },
        { href: commandUri('ecapa.exportReport'), text: vscode.l10n.t('Export as HTML…') },
      ],
    });
  }

  #linksOf(clip: string, outcome: TrainingOutcome, webview: vscode.Webview): ClipLinks {
    const source = outcome.sources[clip];
    if (source === undefined) return {};
    const uri = vscode.Uri.parse(source.uri);
    const span = source.span === undefined ? '' : `#t=${source.span.startSeconds},${source.span.endSeconds}`;
    const movedTo = this.#moved.get(clip);
    const isSuspect = outcome.report.suspects.some(({ path }) => path === clip);
    return {
      open: commandUri('ecapa.openClip', source.uri, source.span),
      ...(isSuspect && PLAYABLE.test(uri.path) && { audio: `${webview.asWebviewUri(uri)}${span}` }),
      ...(movedTo !== undefined && {
        note: vscode.l10n.t('Moved to “{0}”; train again to see what it changes.', movedTo),
      }),
      ...(isSuspect &&
        movedTo === undefined && {
          actions: [{ href: commandUri('ecapa.moveSuspect', clip), text: vscode.l10n.t('Move to Class…') }],
        }),
    };
  }

  /** The outcome with paths as people write them. */
  #portable(outcome: TrainingOutcome): TrainingOutcome {
    return { ...outcome, output: vscode.workspace.asRelativePath(outcome.output) };
  }
}

function language() {
  return { language: vscode.env.language, translate: vscode.l10n.t };
}

function commandUri(command: string, ...values: unknown[]): string {
  return `command:${command}?${encodeURIComponent(JSON.stringify(values))}`;
}

/** Suspects' folders: audio is played from there. */
function foldersOf({ report, sources }: TrainingOutcome): vscode.Uri[] {
  const folders = report.suspects.flatMap(({ path }) => {
    const uri = sources[path]?.uri;
    return uri === undefined ? [] : [vscode.Uri.joinPath(vscode.Uri.parse(uri), '..').toString()];
  });
  return [...new Set(folders)].map((folder) => vscode.Uri.parse(folder));
}

/** The page's colours, taken from the editor's theme. */
const THEME = `
:root { --ink: var(--vscode-foreground); --soft: var(--vscode-descriptionForeground); --paper: var(--vscode-editor-background); --card: var(--vscode-editorWidget-background); --line: var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border))); --good: var(--vscode-charts-green); --bad: var(--vscode-charts-orange); --link: var(--vscode-textLink-foreground); --font: var(--vscode-font-family) }
body { font-size: var(--vscode-font-size) }
body.vscode-light { color-scheme: light } body.vscode-dark, body.vscode-high-contrast { color-scheme: dark } body.vscode-high-contrast-light { color-scheme: light }
`;
