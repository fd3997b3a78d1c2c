import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { isFileNotFound } from '../../platform/file-not-found.js';
import { isPersonLabels, type PersonLabels } from './person-labels.js';
import { readJson, writeJson } from './storage.js';

export interface DraftContent {
  readonly said: PersonLabels;
  /** Of the recording that it is of, where that is known. */
  readonly fingerprint?: string | undefined;
}

/**
 * Labels of a recording that are not saved, in a file that is written with each edit. VS Code's own backup comes a
 * second after the last edit, and a window in a browser that is reloaded may forget which backup its editor has.
 */
export class Draft {
  readonly #file: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  #next: { readonly content: DraftContent | undefined } | undefined;
  #writing: Promise<void> | undefined;

  constructor(folder: vscode.Uri, recording: vscode.Uri, log: vscode.LogOutputChannel) {
    const name = createHash('sha256').update(recording.toString()).digest('hex').slice(0, 32);
    this.#file = vscode.Uri.joinPath(folder, `${name}.json`);
    this.#log = log;
  }

  /** What a window that ended has left; undefined where all was saved. Never rejects. */
  async read(): Promise<DraftContent | undefined> {
    return readJson(this.#file, isDraft).catch((error: unknown) => {
      this.#log.warn(`unsaved labels could not be read: ${String(error)}`);
      return undefined;
    });
  }

  /** Undefined when nothing is unsaved any more. Of what comes while one is being written, the last is. */
  keep(content: DraftContent | undefined): void {
    this.#next = { content };
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== undefined) {
      const { content } = this.#next;
      this.#next = undefined;
      const write =
        content === undefined ? vscode.workspace.fs.delete(this.#file) : writeJson(this.#file, content);
      await Promise.resolve(write).catch((error: unknown) => {
        if (!isFileNotFound(error)) this.#log.warn(`unsaved labels could not be kept: ${String(error)}`);
      });
    }
  }
}

function isDraft(value: unknown): value is DraftContent {
  const { said, fingerprint } = Object(value) as Partial<DraftContent>;
  return isPersonLabels(said) && (fingerprint === undefined || typeof fingerprint === 'string');
}
