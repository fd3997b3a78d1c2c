import { randomBytes } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { partCount, partsWithin } from '@ecapa/core/page';
import * as vscode from 'vscode';
import { problemOfError } from '../../platform/problem-text.js';
import { runJob } from '../../platform/run-job.js';
import type { PlaybackStatus } from './messages.js';
import { playsExactly } from './plays-exactly.js';
import type { LocalRecording } from './recording.js';

/** A page does not get through more of one file: an hour and a half of music in MP3, six minutes on a compact disc. */
const WHOLE_FILE_BYTES = 64 * 1024 * 1024;

export interface PlaybackOptions {
  readonly recording: LocalRecording;
  /** Stands for the file and its state. */
  readonly version: string;
  readonly temporary: vscode.Uri;
  readonly ffmpegPath: () => string | undefined;
  readonly webview: () => vscode.Webview | undefined;
  readonly tell: (status: PlaybackStatus) => void;
}

/**
 * What the page plays: the file itself; when that is too large for a page, or the browser cannot decode it or guesses
 * where its moments lie, parts of it that core decodes into WAV files. They are made once, on demand, and go with the editor.
 */
export class PlaybackSource {
  readonly #options: PlaybackOptions;
  readonly #folder: vscode.Uri;
  readonly #abort = new AbortController();
  #isInParts = false;
  #parts = { readyParts: 0, isComplete: false, doneSeconds: 0 };
  #totalSeconds: number | undefined;
  #making: Promise<void> | undefined;
  #decodedSeconds: number | undefined;

  private constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#folder = vscode.Uri.joinPath(options.temporary, randomBytes(8).toString('hex'));
  }

  /** Never rejects: of a file that is gone, the analysis tells. */
  static async open(options: PlaybackOptions): Promise<PlaybackSource> {
    const source = new PlaybackSource(options);
    const file = await stat(options.recording.path).catch(() => undefined);
    source.#isInParts = (file?.size ?? 0) > WHOLE_FILE_BYTES || !(await playsExactly(options.recording.path));
    return source;
  }

  get version(): string {
    return this.#options.version;
  }

  /** Where parts lie once there are any. */
  get folder(): string {
    return this.#folder.fsPath;
  }

  /** How long the decoder says that it is: the page compares what the browser says. */
  setDecodedSeconds(seconds: number): void {
    if (seconds === this.#decodedSeconds) return;
    this.#decodedSeconds = seconds;
    if (!this.#isInParts) this.tell();
  }

  /** Tells the page, if there is one, what to play. */
  tell(): void {
    const { recording, version, webview, tell } = this.#options;
    const view = webview();
    if (view === undefined) return;
    if (!this.#isInParts) {
      const url = view.asWebviewUri(vscode.Uri.file(recording.path)).toString();
      const decoded = this.#decodedSeconds === undefined ? {} : { decodedSeconds: this.#decodedSeconds };
      tell({ kind: 'whole', url, version, ...decoded });
      return;
    }
    const folderUrl = view.asWebviewUri(this.#folder).toString();
    const total = this.#totalSeconds === undefined ? {} : { totalSeconds: this.#totalSeconds };
    tell({ kind: 'parts', folderUrl, version, ...this.#parts, ...total });
  }

  /** The browser could not play what it was given. Never rejects. */
  async cannotPlay(): Promise<void> {
    if (this.#isInParts && this.#parts.readyParts > 0)
      this.#fail(vscode.l10n.t('This browser can play neither the file nor a WAV copy of it.'));
    else await this.prepare();
  }

  /** Makes the parts, telling how it goes. Never rejects. */
  prepare(): Promise<void> {
    if (this.#parts.isComplete) return Promise.resolve();
    this.#isInParts = true;
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(): Promise<void> {
    const { signal } = this.#abort;
    const { path, name } = this.#options.recording;
    const ffmpegPath = this.#options.ffmpegPath();
    const advance = (doneSeconds: number, readyParts: number, isComplete: boolean): void => {
      if (signal.aborted) return;
      this.#parts = { readyParts, isComplete, doneSeconds };
      this.tell();
    };
    advance(0, 0, false);
    const directory = this.#folder.fsPath;
    try {
      await mkdir(directory, { recursive: true });
      const { durationSeconds } = await runJob(
        'playback',
        { path, name, directory, ...(ffmpegPath === undefined ? {} : { ffmpegPath }) },
        {
          name,
          signal,
          onEvent: ({ progress: { doneSeconds, totalSeconds } }) => {
            this.#totalSeconds = totalSeconds;
            advance(doneSeconds, partsWithin(doneSeconds), false);
          },
        },
      );
      advance(durationSeconds, partCount(durationSeconds), true);
    } catch (error) {
      if (!signal.aborted) this.#fail(problemOfError(error));
    }
  }

  #fail(message: string): void {
    this.#options.tell({ kind: 'failed', message });
  }

  async dispose(): Promise<void> {
    this.#abort.abort();
    await this.#making;
    await rm(this.#folder.fsPath, { recursive: true, force: true });
  }
}
