import * as vscode from 'vscode';
import { isFileNotFound } from '../../../platform/file-not-found.js';
import { readSmallFile } from '../../../platform/read-small-file.js';
import { writeWhole } from '../../../platform/write-whole.js';
import { type ClassList, parseClassList, renameUri, serializeClassList } from './class-list.js';

/** Some half a million clips. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The classes of this workspace, kept in `classes.json` in the workspace's storage. Changes are written at
 * once, one after the other, each to a temporary file that is then renamed.
 */
export class ClassStore implements vscode.Disposable {
  readonly #folder: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #renames: vscode.Disposable;
  #list: ClassList = [];
  #loaded: Promise<void> | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(folder: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#folder = folder;
    this.#log = log;
    this.#renames = vscode.workspace.onDidRenameFiles(({ files }) => {
      this.update((list) =>
        files.reduce(
          (renamed, { oldUri, newUri }) => renameUri(renamed, oldUri.toString(), newUri.toString()),
          list,
        ),
      ).catch(() => undefined); // `load` has logged it
    });
  }

  /** What is known so far; complete once `load` has resolved. */
  get list(): ClassList {
    return this.#list;
  }

  /** Where the classes are kept. */
  get file(): vscode.Uri {
    return vscode.Uri.joinPath(this.#folder, 'classes.json');
  }

  /**
   * Reads the file once. One that is no list is set aside. Rejects when it is there and cannot be read; then the next
   * call tries anew.
   */
  load(): Promise<void> {
    if (this.#loaded === undefined) {
      const loaded = this.#read();
      this.#loaded = loaded;
      loaded.catch((error: unknown) => {
        this.#log.error(`${this.file.fsPath}: the classes could not be read: ${String(error)}`);
        if (this.#loaded === loaded) this.#loaded = undefined;
      });
    }
    return this.#loaded;
  }

  /**
   * Applies a change and resolves when it is on disk; a failure to write is logged and does not reject. Rejects as
   * `load`: what is not known must not be written over.
   */
  async update(change: (list: ClassList) => ClassList): Promise<void> {
    await this.load();
    const list = change(this.#list);
    if (list === this.#list) return;
    this.#list = list;
    this.#changed.fire();
    this.#saved = this.#saved.then(() => this.#write(serializeClassList(list)));
    await this.#saved;
  }

  dispose(): void {
    this.#renames.dispose();
    this.#changed.dispose();
  }

  async #read(): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = await readSmallFile(this.file, MOST_BYTES);
    } catch (error) {
      if (isFileNotFound(error)) return; // none yet
      throw error;
    }
    const list = parseClassList(new TextDecoder().decode(bytes));
    if (list === undefined) {
      const aside = vscode.Uri.joinPath(this.#folder, `classes.${Date.now()}.damaged.json`);
      this.#log.error(`${this.file.fsPath}: not a list of classes; it is kept as ${aside.fsPath}`);
      await vscode.workspace.fs.rename(this.file, aside).then(undefined, () => undefined);
      return;
    }
    this.#list = list;
    this.#changed.fire();
  }

  async #write(text: string): Promise<void> {
    try {
      await writeWhole(this.file, text);
    } catch (error) {
      this.#log.error(`${this.file.fsPath}: the classes could not be saved: ${String(error)}`);
    }
  }
}
