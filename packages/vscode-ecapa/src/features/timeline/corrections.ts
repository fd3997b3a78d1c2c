import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { isFileNotFound } from '../../platform/file-not-found.js';
import { renamedUri } from '../../platform/renamed-uri.js';
import type { Correction } from './apply-corrections.js';
import { readJson, writeJson } from './storage.js';

/** A stretch of a recording whose label a person has put right. `uri` is the file's `Uri.toString()`. */
export interface CorrectedSegment extends Correction {
  readonly uri: string;
}

interface CorrectionsFile {
  readonly version: 1;
  readonly uri: string;
  readonly corrections: readonly Correction[];
}

/** What people have put right on timelines, a small file per recording in the workspace's storage. */
export class CorrectionStore implements vscode.Disposable {
  readonly #folder: vscode.Uri;
  readonly #renames: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<string>();
  /** The URI whose corrections have changed. */
  readonly onDidChange = this.#changed.event;
  /** Writes follow one another, so that the last one wins. */
  #writing: Promise<void> = Promise.resolve();

  constructor(storage: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#folder = vscode.Uri.joinPath(storage, 'corrections');
    this.#renames = vscode.workspace.onDidRenameFiles(async ({ files }) => {
      for (const { oldUri, newUri } of files)
        await this.move(oldUri.toString(), newUri.toString()).catch((error: unknown) =>
          log.error(`${newUri.toString(true)}: corrections could not be moved along: ${String(error)}`),
        );
    });
  }

  /** In order of time; empty where nothing was corrected. Rejects when storage cannot be read. */
  async get(uri: string): Promise<readonly Correction[]> {
    await this.#writing;
    const file = await readJson(this.#fileOf(uri), isCorrectionsFile);
    return file?.uri === uri ? file.corrections : [];
  }

  /** Rejects when storage cannot be written. */
  async set(uri: string, corrections: readonly Correction[]): Promise<void> {
    const write = this.#writing.then(() => this.#write(uri, corrections));
    this.#writing = write.catch(() => undefined);
    await write;
    this.#changed.fire(uri);
  }

  /** Follows a recording, or all those of a folder, to another name. Rejects when storage cannot be written. */
  async move(from: string, to: string): Promise<void> {
    const move = this.#writing.then(() => this.#move(from, to));
    this.#writing = move.then(
      () => undefined,
      () => undefined,
    );
    for (const uri of await move) this.#changed.fire(uri);
  }

  /** Of all recordings. Rejects when storage cannot be read. */
  async all(): Promise<readonly CorrectedSegment[]> {
    await this.#writing;
    const files = await this.#readAll();
    return files.flatMap((file) => file.corrections.map((one) => ({ uri: file.uri, ...one })));
  }

  dispose(): void {
    this.#renames.dispose();
    this.#changed.dispose();
  }

  async #readAll(): Promise<readonly CorrectionsFile[]> {
    const entries = await vscode.workspace.fs.readDirectory(this.#folder).then(
      (found) => found,
      (error: unknown): [] => {
        if (isFileNotFound(error)) return []; // nothing was ever corrected
        throw error;
      },
    );
    const files = await Promise.all(
      entries
        .filter(([name]) => name.endsWith('.json'))
        .map(([name]) => readJson(vscode.Uri.joinPath(this.#folder, name), isCorrectionsFile)),
    );
    return files.flatMap((file) => file ?? []);
  }

  /** Gives the URIs whose corrections are others now. */
  async #move(from: string, to: string): Promise<readonly string[]> {
    const changed: string[] = [];
    for (const { uri, corrections } of await this.#readAll()) {
      const renamed = renamedUri(uri, from, to);
      if (renamed === uri) continue;
      await this.#write(renamed, corrections);
      await this.#write(uri, []);
      changed.push(uri, renamed);
    }
    return changed;
  }

  async #write(uri: string, corrections: readonly Correction[]): Promise<void> {
    const file = this.#fileOf(uri);
    if (corrections.length > 0)
      await writeJson(file, { version: 1, uri, corrections } satisfies CorrectionsFile);
    else
      await vscode.workspace.fs.delete(file).then(
        () => undefined,
        () => undefined, // there was none
      );
  }

  #fileOf(uri: string): vscode.Uri {
    const name = createHash('sha256').update(uri).digest('hex').slice(0, 32);
    return vscode.Uri.joinPath(this.#folder, `${name}.json`);
  }
}

function isCorrectionsFile(value: unknown): value is CorrectionsFile {
  const file = value as Partial<CorrectionsFile> | null;
  return (
    file?.version === 1 &&
    typeof file.uri === 'string' &&
    Array.isArray(file.corrections) &&
    file.corrections.every(
      (one: Partial<Correction>) =>
        typeof one.startSeconds === 'number' &&
        typeof one.endSeconds === 'number' &&
        one.startSeconds < one.endSeconds &&
        typeof one.label === 'string',
    )
  );
}
