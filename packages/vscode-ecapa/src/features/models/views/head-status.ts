import { basename } from 'node:path';
import type { RuntimeInfo } from '@ecapa/core';
import * as vscode from 'vscode';
import { isAudioFile } from '../../../platform/audio-files.js';
import { readSettings, SECTION } from '../../../platform/settings.js';
import { iconText, markdownText } from '../../../platform/shown-text.js';
import type { HeadUse, ModelServices } from '../state/services.js';

/**
 * The head in the status bar, with its model in the tooltip. It is shown where there is to do with audio:
 * results or classes are there, another head or model is set, or an audio file is in front.
 */
export class HeadStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #services: Pick<ModelServices, 'engine'>;
  readonly #subscriptions: vscode.Disposable[];

  readonly #use: HeadUse;

  constructor(services: Pick<ModelServices, 'engine'>, use: HeadUse) {
    this.#services = services;
    this.#use = use;
    this.#item = vscode.window.createStatusBarItem('ecapa.head', vscode.StatusBarAlignment.Right, 50);
    this.#item.name = vscode.l10n.t('ECAPA Head');
    this.#item.command = 'ecapa.switchHead';
    const show = (): void => this.#show();
    this.#subscriptions = [
      this.#item,
      services.engine.onDidChange(show),
      ...use.onDidChange.map((onDidChange) => onDidChange(show)),
      vscode.window.tabGroups.onDidChangeTabs(show),
      vscode.workspace.onDidGrantWorkspaceTrust(show),
      vscode.workspace.onDidChangeConfiguration(
        (event) => event.affectsConfiguration(SECTION) && this.#show(),
      ),
    ];
    this.#show();
  }

  /** What it shows, for tests. */
  get text(): string {
    return this.#item.text;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #show(): void {
    const { head, model } = readSettings();
    const { identity, runtime } = this.#services.engine;
    const headName = identity?.headId ?? (head === undefined ? undefined : basename(head, '.json'));
    const modelName = identity?.modelId ?? (model === undefined ? undefined : basename(model));
    this.#item.text = `$(pulse) ${iconText(headName ?? vscode.l10n.t('Model’s own head'))}`;
    const tooltip = new vscode.MarkdownString();
    tooltip.isTrusted = { enabledCommands: ['ecapa.switchHead', 'ecapa.selectModel'] };
    const about = [
      vscode.l10n.t('Head: {0}', headName ?? vscode.l10n.t('the model’s own')),
      vscode.l10n.t('Model: {0}', modelName ?? vscode.l10n.t('embedded')),
      ...(runtime === undefined ? [] : [runtimeText(runtime)]),
    ];
    tooltip.appendMarkdown(
      `${about.map(markdownText).join('  \n')}\n\n[${vscode.l10n.t('Switch head')}](command:ecapa.switchHead) · [${vscode.l10n.t('Select model')}](command:ecapa.selectModel)`,
    );
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('ECAPA head: {0}', headName ?? vscode.l10n.t('the model’s own')),
    };
    if (this.#isWanted(head ?? model)) this.#item.show();
    else this.#item.hide();
  }

  #isWanted(chosen: string | undefined): boolean {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const isAudio =
      (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) &&
      isAudioFile(input.uri);
    return chosen !== undefined || isAudio || this.#use.isNeeded;
  }
}

function runtimeText({ name, reason }: RuntimeInfo): string {
  if (name === 'native') return vscode.l10n.t('Runtime: native');
  switch (reason?.code) {
    case 'no-build':
      return vscode.l10n.t('Runtime: WebAssembly, slower: there is no native library for this system');
    case 'load-failed':
      return vscode.l10n.t(
        'Runtime: WebAssembly, slower: the native library does not load; the log says why',
      );
    default:
      return vscode.l10n.t('Runtime: WebAssembly, as the settings ask for');
  }
}
