import { randomBytes } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { HEAD_START_SECONDS, partCount, partsWithin } from '@ecapa/core/page';
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
  readonly send: (status: PlaybackStatus) => void;
}

/**
 * What the page plays: the file itself; when that is too large for a page, or the browser cannot decode it or guesses
 * where its moments lie, parts of it that core decodes into WAV files. The first are made at once, so that sound from the
 * start is there when it is wanted, the others on demand; they go with the editor.
 */
export class PlaybackSource {
  readonly #options: PlaybackOptions;
  readonly #folder: vscode.Uri;
  readonly #abort = new AbortController();
  #isInParts = false;
  #parts = { readyParts: 0, isComplete: false, doneSeconds: 0 };
  #totalSeconds: number | undefined;
  #beginning: Promise<void> | undefined;
  #making: Promise<void> | undefined;
  #decodedSeconds: number | undefined;

  private constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#folder = vscode.Uri.joinPath(options.temporary, randomBytes(8).toString('hex'));
  }

  /** Never rejects: a file that is gone is reported by the analysis. */
  static async open(options: PlaybackOptions): Promise<PlaybackSource> {
    const source = new PlaybackSource(options);
    const file = await stat(options.recording.path).catch(() => undefined);
    source.#isInParts = (file?.size ?? 0) > WHOLE_FILE_BYTES || !(await playsExactly(options.recording.path));
    if (source.#isInParts && file !== undefined) source.#begin();
    return source;
  }

  get version(): string {
    return this.#options.version;
  }

  /** Where parts lie once there are any. */
  get folder(): string {
    return this.#folder.fsPath;
  }

  /** Its length by the decoder: the page compares it with the browser's. */
  setDecodedSeconds(seconds: number): void {
    if (seconds === this.#decodedSeconds) return;
    this.#decodedSeconds = seconds;
    if (!this.#isInParts) this.send();
  }

  /** Sends the page, if there is one, what to play. */
  send(): void {
    const { recording, version, webview, send } = this.#options;
    const view = webview();
    if (view === undefined) return;
    if (!this.#isInParts) {
      const url = view.asWebviewUri(vscode.Uri.file(recording.path)).toString();
      const decoded = this.#decodedSeconds === undefined ? {} : { decodedSeconds: this.#decodedSeconds };
      send({ kind: 'whole', url, version, ...decoded });
      return;
    }
    const folderUrl = view.asWebviewUri(this.#folder).toString();
    const total = this.#totalSeconds === undefined ? {} : { totalSeconds: this.#totalSeconds };
    send({ kind: 'parts', folderUrl, version, ...this.#parts, ...total });
  }

  /** The browser could not play what it was given. Never rejects. */
  async cannotPlay(): Promise<void> {
    if (this.#isInParts && this.#parts.readyParts > 0)
      this.#fail(vscode.l10n.t('This browser can play neither the file nor a WAV copy of it.'));
    else await this.prepare();
  }

  /** Makes the parts, and reports how it goes. Never rejects. */
  async prepare(): Promise<void> {
    this.#isInParts = true;
    await this.#beginning;
    if (this.#parts.isComplete) return;
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    await this.#making;
  }

  /** The first parts. Whatever fails here fails again, and is shown, when somebody plays. */
  #begin(): void {
    this.#beginning = this.#make(HEAD_START_SECONDS);
  }

  async #make(untilSeconds?: number): Promise<void> {
    const { signal } = this.#abort;
    const { path, name } = this.#options.recording;
    const ffmpegPath = this.#options.ffmpegPath();
    const advance = (doneSeconds: number, parts: number, isComplete: boolean): void => {
      if (signal.aborted) return;
      const readyParts = Math.max(parts, this.#parts.readyParts);
      this.#parts = { readyParts, isComplete, doneSeconds: Math.max(doneSeconds, this.#parts.doneSeconds) };
      this.send();
    };
    advance(0, 0, false);
    const directory = this.#folder.fsPath;
    try {
      await mkdir(directory, { recursive: true });
      const { durationSeconds, isComplete } = await runJob(
        'playback',
        {
          ...{ path, name, directory, madeParts: this.#parts.readyParts },
          ...(untilSeconds !== undefined && { untilSeconds }),
          ...(ffmpegPath !== undefined && { ffmpegPath }),
        },
        {
          name,
          signal,
          onEvent: ({ progress: { doneSeconds, totalSeconds } }) => {
            this.#totalSeconds = totalSeconds;
            advance(doneSeconds, partsWithin(doneSeconds), false);
          },
        },
      );
      advance(
        durationSeconds,
        isComplete ? partCount(durationSeconds) : partsWithin(durationSeconds),
        isComplete,
      );
    } catch (error) {
      if (!signal.aborted && untilSeconds === undefined) this.#fail(problemOfError(error));
    }
  }

  #fail(message: string): void {
    this.#options.send({ kind: 'failed', message });
  }

  async dispose(): Promise<void> {
    this.#abort.abort();
    await Promise.all([this.#beginning, this.#making]);
    await rm(this.#folder.fsPath, { recursive: true, force: true });
  }
}
