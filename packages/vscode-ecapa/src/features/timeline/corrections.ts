import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { isFileNotFound } from '../../platform/file-not-found.js';
import { renamedUri } from '../../platform/renamed-uri.js';
import { readSettings } from '../../platform/settings.js';
import type { Correction } from './apply-corrections.js';
import { contentFingerprint } from './content-fingerprint.js';
import type { HeardCorrection } from './heard.js';
import {
  holdsHeard,
  LABEL_SUFFIXES,
  type LabelFile,
  moveLabelFile,
  readLabelFile,
  writeLabelFile,
  writeOlderLabels,
} from './label-file.js';
import { isCorrections, isHeardCorrections, NOTHING_SAID, type PersonLabels } from './person-labels.js';
import { readJson, writeJson } from './storage.js';

/** A span of a recording whose label a person has put right. `uri` is the file's `Uri.toString()`. */
export interface CorrectedSegment extends Correction {
  readonly uri: string;
}

/** People's corrections of a recording. */
export interface KeptLabels extends PersonLabels {
  /** They were made for another content under this name: they do not apply until the user chooses to use them. */
  readonly isOlder: boolean;
}

interface CorrectionsFile {
  readonly version: 1;
  readonly uri: string;
  readonly corrections: readonly Correction[];
  /** Only where the file beside the recording does not hold them. */
  readonly heard?: readonly HeardCorrection[];
  /** Of the recording's content. Absent in files of earlier versions and where the content is on no disk. */
  readonly fingerprint?: string;
  /** The same is in a file beside the recording: when that is gone, somebody has deleted it. */
  readonly isBeside?: boolean;
}

/** Beside recordings in the workspace that the store has no file of. */
const MOST_LABEL_FILES = 5000;

/**
 * What people have put right on timelines: in a file beside each recording, as the setting wants it, and in the
 * workspace's storage, which also serves where the folder cannot be written to. The file beside the recording counts.
 */
export class CorrectionStore implements vscode.Disposable {
  readonly #folder: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  readonly #renames: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<string>();
  /** The URI whose corrections have changed. */
  readonly onDidChange = this.#changed.event;
  /** Writes follow one another, so that the last one wins. */
  #writing: Promise<void> = Promise.resolve();

  constructor(storage: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#folder = vscode.Uri.joinPath(storage, 'corrections');
    this.#log = log;
    this.#renames = vscode.workspace.onDidRenameFiles(async ({ files }) => {
      for (const { oldUri, newUri } of files)
        await this.move(oldUri.toString(), newUri.toString()).catch((error: unknown) =>
          log.error(`${newUri.toString(true)}: labels could not be moved along: ${String(error)}`),
        );
    });
  }

  /** Of segments, in order of time; empty where nothing was corrected, or only another content. Rejects as `load`. */
  async get(uri: string): Promise<readonly Correction[]> {
    const { corrections, isOlder } = await this.load(uri);
    return isOlder ? [] : corrections;
  }

  /** Also what was made for another content. Rejects when it cannot be read. */
  async load(uri: string): Promise<KeptLabels> {
    await this.#writing;
    return this.#load(uri);
  }

  /**
   * `fingerprint`: of the content that they were made for, where that is known; else it is what is there now.
   * Rejects when neither the folder nor storage can be written.
   */
  async set(uri: string, labels: PersonLabels, fingerprint?: string): Promise<void> {
    const write = this.#writing.then(() => this.#write(uri, labels, fingerprint));
    this.#writing = write.catch(() => undefined);
    await write;
    this.#changed.fire(uri);
  }

  /**
   * Keeps labels of an earlier content where an import finds them, beside the recording or else in storage.
   * Rejects when neither can be written.
   */
  async setAside(uri: string, labels: PersonLabels): Promise<void> {
    await writeOlderLabels(vscode.Uri.parse(uri), labels).catch(async (error: unknown) => {
      this.#log.warn(`${uri}: earlier labels are kept in storage: ${String(error)}`);
      const stored = this.#fileOf(uri);
      await writeJson(stored.with({ path: stored.path.replace(/json$/, 'older') }), { uri, ...labels });
    });
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

  /** Of all recordings whose content is what it was. Rejects when storage cannot be read. */
  async all(): Promise<readonly CorrectedSegment[]> {
    await this.#writing;
    const files = await this.#readAll();
    const beside = await vscode.workspace.findFiles(
      `**/*{${Object.values(LABEL_SUFFIXES).join(',')}}`,
      '**/node_modules/**',
      MOST_LABEL_FILES,
    );
    const suffix = /\.labels\.(json|txt|TextGrid)$/;
    const uris = new Set([
      ...files.map(({ uri }) => uri),
      ...beside.map((file) => file.with({ path: file.path.replace(suffix, '') }).toString()),
    ]);
    const segments: CorrectedSegment[] = [];
    for (const uri of uris) {
      const kept = await this.#load(uri).catch((error: unknown) => {
        this.#log.warn(`${uri}: its labels are left out: ${String(error)}`);
        return undefined;
      });
      if (kept !== undefined && !kept.isOlder)
        segments.push(...kept.corrections.map((one) => ({ uri, ...one })));
    }
    return segments;
  }

  dispose(): void {
    this.#renames.dispose();
    this.#changed.dispose();
  }

  async #load(uri: string): Promise<KeptLabels> {
    const recording = vscode.Uri.parse(uri);
    const file = await readJson(this.#fileOf(uri), isCorrectionsFile);
    const stored = file?.uri === uri ? file : undefined;
    const beside = await readLabelFile(recording);
    const own = stored?.isBeside === true ? undefined : stored?.corrections;
    const corrections = beside?.corrections ?? own ?? [];
    const heard = beside?.heard ?? stored?.heard ?? [];
    const kept = corrections.length + heard.length > 0 ? { corrections, heard } : NOTHING_SAID;
    // Formats of other programs have no fingerprint: then the one that they were written with counts.
    const fingerprint = beside?.fingerprint ?? stored?.fingerprint;
    if (kept === NOTHING_SAID || fingerprint === undefined) return { ...kept, isOlder: false };
    const now = await fingerprintOf(recording);
    return { ...kept, isOlder: now !== undefined && now !== fingerprint };
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
    for (const file of await this.#readAll()) {
      const renamed = renamedUri(file.uri, from, to);
      if (renamed === file.uri) continue;
      await writeJson(this.#fileOf(renamed), { ...file, uri: renamed } satisfies CorrectionsFile);
      await this.#deleteStored(file.uri);
      changed.push(file.uri, renamed);
    }
    // Of a folder, the files beside recordings have moved with it.
    await moveLabelFile(vscode.Uri.parse(from), vscode.Uri.parse(to));
    return changed;
  }

  async #write(
    uri: string,
    { corrections, heard }: PersonLabels,
    knownFingerprint: string | undefined,
  ): Promise<void> {
    const recording = vscode.Uri.parse(uri);
    const now = await fingerprintOf(recording);
    const fingerprint = knownFingerprint ?? now;
    // Beside a recording that is not there, nobody looks for labels.
    const isGone = recording.scheme === 'file' && now === undefined;
    const isBeside = !isGone && (await this.#writeBeside(recording, { corrections, heard, fingerprint }));
    const isHeardBeside = isBeside && holdsHeard(readSettings().labelFile);
    if (corrections.length + heard.length === 0) await this.#deleteStored(uri);
    else
      await writeJson(this.#fileOf(uri), {
        version: 1,
        uri,
        corrections,
        ...(!isHeardBeside && { heard }),
        isBeside,
        ...(fingerprint !== undefined && { fingerprint }),
      } satisfies CorrectionsFile);
  }

  /** False where the setting wants none, or the folder is read-only: storage has them then. */
  async #writeBeside(recording: vscode.Uri, labels: LabelFile): Promise<boolean> {
    const { labelFile } = readSettings();
    if (labelFile === 'none') return false;
    try {
      await writeLabelFile(recording, labelFile, labels);
      return true;
    } catch (error) {
      this.#log.warn(`${recording.toString(true)}: no labels beside the recording: ${String(error)}`);
      return false;
    }
  }

  async #deleteStored(uri: string): Promise<void> {
    await vscode.workspace.fs.delete(this.#fileOf(uri)).then(undefined, () => undefined); // there may be none
  }

  #fileOf(uri: string): vscode.Uri {
    const name = createHash('sha256').update(uri).digest('hex').slice(0, 32);
    return vscode.Uri.joinPath(this.#folder, `${name}.json`);
  }
}

/** Of recordings on disk. */
async function fingerprintOf(recording: vscode.Uri): Promise<string | undefined> {
  return recording.scheme === 'file' ? contentFingerprint(recording.fsPath) : undefined;
}

function isCorrectionsFile(value: unknown): value is CorrectionsFile {
  const file = value as Partial<CorrectionsFile> | null;
  return (
    file?.version === 1 &&
    typeof file.uri === 'string' &&
    isCorrections(file.corrections) &&
    (file.heard === undefined || isHeardCorrections(file.heard))
  );
}
