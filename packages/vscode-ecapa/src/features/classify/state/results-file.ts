import * as vscode from 'vscode';
import { isFileNotFound } from '../../../platform/file-not-found.js';
import { readSmallFile } from '../../../platform/read-small-file.js';
import { reportFailure } from '../../../platform/report-failure.js';
import { readSettings } from '../../../platform/settings.js';
import { writeWhole } from '../../../platform/write-whole.js';
import type { ResultStore } from './result-store.js';
import { parseResults, type ResultsHeader, serializeResults } from './results-text.js';

/** Results come by the hundred: they are written together, and less often the more there are. */
const WRITE_AFTER_MS = 2000;
const WRITE_AFTER_MS_PER_RESULT = 1;
const NAME = 'results.jsonl';
/** Some half a million results. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Keeps the results in the workspace's storage, from one window to the next. */
export class ResultsFile implements vscode.Disposable {
  readonly #file: vscode.Uri;
  readonly #store: ResultStore;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscription: vscode.Disposable;
  #waiting: NodeJS.Timeout | undefined;
  /** False until it is known what is kept: it is not to be written over. */
  #isKnown = false;
  #written: Promise<void> = Promise.resolve();
  /** The user knows that what is shown is not on disk. */
  #isFailing = false;

  constructor(folder: vscode.Uri, store: ResultStore, log: vscode.LogOutputChannel) {
    this.#file = vscode.Uri.joinPath(folder, NAME);
    this.#store = store;
    this.#log = log;
    this.#subscription = store.onDidChange(() => {
      const after = WRITE_AFTER_MS + WRITE_AFTER_MS_PER_RESULT * store.size;
      this.#waiting ??= setTimeout(() => void this.flush(), after);
    });
  }

  /**
   * Puts what is kept into the store. A file that is none is set aside and logged; one that cannot be read is logged,
   * stays as it is, and is tried anew before results are written. Never rejects.
   */
  async load(): Promise<ResultsHeader | undefined> {
    let bytes: Uint8Array;
    try {
      bytes = await readSmallFile(this.#file, MOST_BYTES);
    } catch (error) {
      this.#isKnown = isFileNotFound(error);
      if (!this.#isKnown)
        this.#log.error(`${this.#file.fsPath}: the results could not be read: ${String(error)}`);
      return undefined;
    }
    this.#isKnown = true;
    const parsed = await parseResults(new TextDecoder().decode(bytes));
    if (parsed === undefined) {
      const aside = this.#file.with({ path: `${this.#file.path}.damaged` });
      this.#log.error(`${this.#file.fsPath}: these are no results; they are kept as ${aside.fsPath}`);
      await vscode.workspace.fs
        .rename(this.#file, aside, { overwrite: true })
        .then(undefined, (error: unknown) => this.#log.error(String(error)));
      return undefined;
    }
    if (parsed.damaged > 0)
      this.#log.warn(`${this.#file.fsPath}: ${parsed.damaged} damaged lines are left out`);
    this.#store.restore(parsed.results);
    return parsed.header;
  }

  /** Resolves when what is known now is on disk, or could not be written and this was logged. */
  flush(): Promise<void> {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  dispose(): void {
    clearTimeout(this.#waiting);
    this.#subscription.dispose();
  }

  async #write(): Promise<void> {
    if (!this.#isKnown) await this.load();
    if (!this.#isKnown) return;
    try {
      const { model, head } = readSettings();
      const text = await serializeResults({ model, head }, this.#store.all());
      await writeWhole(this.#file, text);
      this.#isFailing = false;
    } catch (error) {
      this.#log.error(`${this.#file.fsPath}: the results could not be saved: ${String(error)}`);
      if (!this.#isFailing) await reportFailure(this.#log, vscode.l10n.t('Saving the results'), error);
      this.#isFailing = true;
    }
  }
}
