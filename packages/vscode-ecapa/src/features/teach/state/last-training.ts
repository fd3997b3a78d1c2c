import * as vscode from 'vscode';
import { writeWhole } from '../../../platform/write-whole.js';
import type { TrainingOutcome } from './training.js';

/** The last training of this workspace, kept so that its report can be read again. */
export class LastTraining {
  readonly #file: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;

  constructor(folder: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#file = vscode.Uri.joinPath(folder, 'last-training.json');
    this.#log = log;
  }

  /** Undefined when there is none, or it cannot be read. */
  async load(): Promise<TrainingOutcome | undefined> {
    try {
      const bytes = await vscode.workspace.fs.readFile(this.#file);
      return JSON.parse(new TextDecoder().decode(bytes)) as TrainingOutcome;
    } catch {
      return undefined;
    }
  }

  async save(outcome: TrainingOutcome): Promise<void> {
    try {
      await writeWhole(this.#file, JSON.stringify(outcome));
    } catch (error) {
      this.#log.warn(`${this.#file.fsPath}: the report could not be kept: ${String(error)}`);
    }
  }
}
