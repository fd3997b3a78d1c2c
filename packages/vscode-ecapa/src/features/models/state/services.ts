import type * as vscode from 'vscode';
import type { Engine } from '../../../platform/engine/engine.js';

/** What the commands on models and heads work with. */
export interface ModelServices {
  readonly engine: Engine;
  readonly log: vscode.LogOutputChannel;
  readonly context: vscode.ExtensionContext;
}

/** Whether there is anything that the chosen head matters to: results or classes. */
export interface HeadUse {
  readonly isNeeded: boolean;
  readonly onDidChange: readonly vscode.Event<unknown>[];
}
