import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { problemOfError } from '../problem-text.js';
import { runAudioTask } from './jobs/run-audio-task.js';
import type { PlaybackStatus } from './messages.js';
import type { LocalRecording } from './recording.js';

/**
 * What the page plays: the file itself, and when the browser cannot decode it, a WAV copy that core decodes. The
 * copy is made once, on demand, and goes with the editor.
 */
export class PlaybackSource {
  /** Stands for the file and its state. */
  readonly version: string;
  readonly #recording: LocalRecording;
  readonly #temporary: vscode.Uri;
  readonly #abort = new AbortController();
  #copy: string | undefined;
  #making: Promise<void> | undefined;

  constructor(recording: LocalRecording, version: string, temporary: vscode.Uri) {
    this.version = version;
    this.#recording = recording;
    this.#temporary = temporary;
  }

  status(webview: vscode.Webview): PlaybackStatus {
    const path = this.#copy ?? this.#recording.path;
    const url = webview.asWebviewUri(vscode.Uri.file(path)).toString();
    return { kind: 'audio', url, version: this.version };
  }

  /** Makes the copy, telling how it goes. `statusAfter` is asked when it is done. Never rejects. */
  decode(
    ffmpegPath: string | undefined,
    tell: (status: PlaybackStatus) => void,
    statusAfter: () => PlaybackStatus | undefined,
  ): Promise<void> {
    this.#making ??= this.#decode(ffmpegPath, tell, statusAfter).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #decode(
    ffmpegPath: string | undefined,
    tell: (status: PlaybackStatus) => void,
    statusAfter: () => PlaybackStatus | undefined,
  ): Promise<void> {
    const fail = (message: string): void => tell({ kind: 'failed', message });
    if (this.#copy !== undefined) {
      fail(vscode.l10n.t('This browser can play neither the file nor a WAV copy of it.'));
      return;
    }
    tell({ kind: 'preparing', doneSeconds: 0 });
    const folder = this.#temporary.fsPath;
    const output = join(folder, `${randomBytes(8).toString('hex')}.wav`);
    try {
      await mkdir(folder, { recursive: true });
      const { path, name } = this.#recording;
      await runAudioTask(
        { kind: 'playback', path, name, output, ...(ffmpegPath === undefined ? {} : { ffmpegPath }) },
        {
          signal: this.#abort.signal,
          onProgress: (doneSeconds, totalSeconds) =>
            tell({
              kind: 'preparing',
              doneSeconds,
              ...(totalSeconds === undefined ? {} : { totalSeconds }),
            }),
        },
      );
      if (this.#abort.signal.aborted) {
        await rm(output, { force: true });
        return;
      }
      this.#copy = output;
      const status = statusAfter();
      if (status !== undefined) tell(status);
    } catch (error) {
      if (!this.#abort.signal.aborted) fail(problemOfError(error));
    }
  }

  async dispose(): Promise<void> {
    this.#abort.abort();
    await this.#making;
    if (this.#copy !== undefined) await rm(this.#copy, { force: true });
  }
}
