import * as vscode from 'vscode';
import { readSmallFile } from '../../../platform/read-small-file.js';
import { writeWhole } from '../../../platform/write-whole.js';
import type { TrainingOutcome } from './training.js';

const MOST_BYTES = 64 * 1024 * 1024;

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
      const bytes = await readSmallFile(this.#file, MOST_BYTES);
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
