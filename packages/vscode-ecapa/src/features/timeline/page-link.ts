import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '@ecapa/core/page';
import type * as vscode from 'vscode';
import { labelColourId } from '../../platform/label-colour.js';
import type { HostToPage } from './messages.js';

/** The way to the page, which comes and goes: what is posted while it is away comes when it is back. */
export class PageLink {
  #webview: vscode.Webview | undefined;
  #isReady = false;

  get webview(): vscode.Webview | undefined {
    return this.#webview;
  }

  /** True once the page has loaded and asked what to show. */
  get isReady(): boolean {
    return this.#isReady;
  }

  attach(webview: vscode.Webview | undefined): void {
    this.#webview = webview;
    this.#isReady = false;
  }

  setReady(): void {
    this.#isReady = true;
  }

  post(message: HostToPage): void {
    if (this.#isReady) void this.#webview?.postMessage(message);
  }
}

/** Labels to choose from, and the CSS variables of the colours of all that may occur. */
export function labelsMessage(labels: readonly string[], headLabels: readonly string[]): HostToPage {
  const cssVariable = (label: string): string =>
    `--vscode-${labelColourId(label, labels).replaceAll('.', '-')}`;
  const named = [...labels, SILENCE_LABEL, UNKNOWN_LABEL, GAP_LABEL];
  const colours = Object.fromEntries(named.map((label) => [label, cssVariable(label)]));
  return { type: 'labels', labels, headLabels, colours };
}
