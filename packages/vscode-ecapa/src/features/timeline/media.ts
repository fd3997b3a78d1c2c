import type { FrequencyScale } from '@ecapa/core/page';
import * as vscode from 'vscode';
import { stampOf } from '../../platform/file-stamp.js';
import { readSettings } from '../../platform/settings.js';
import type { HostToPage } from './messages.js';
import { PeaksFile } from './peaks-file.js';
import { PlaybackSource } from './playback-source.js';
import { type LocalRecording, localRecording, stampKey } from './recording.js';
import { removeLeftovers } from './storage.js';

/** The page draws the waveform anew each time that more of it is ready: not oftener than this. */
const POST_MILLISECONDS = 250;

export interface MediaOptions {
  readonly uri: vscode.Uri;
  /** For peaks, which are kept, and for copies, which go with the editor. */
  readonly storage: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly post: (message: HostToPage) => void;
  readonly onDuration: (seconds: number) => void;
  readonly webview: () => vscode.Webview | undefined;
}

/** The recording itself, for one open timeline: where it can be read, its peaks, and what the page plays. */
export class Media {
  readonly #options: MediaOptions;
  readonly #temporary: vscode.Uri;
  readonly #closed = new AbortController();
  #recording: Promise<LocalRecording> | undefined;
  #playback: PlaybackSource | undefined;
  #peaks: { readonly key: string; readonly file: PeaksFile; isComplete: boolean } | undefined;

  constructor(options: MediaOptions) {
    this.#options = options;
    this.#temporary = vscode.Uri.joinPath(options.storage, 'open');
    void removeLeftovers(this.#temporary);
  }

  /** Where the recording can be read. Throws what `audioSource` throws; then the next call tries anew. */
  recording(): Promise<LocalRecording> {
    const found = this.#recording ?? localRecording(this.#options.uri, this.#temporary);
    this.#recording = found;
    found.catch(() => {
      if (this.#recording === found) this.#recording = undefined;
    });
    return found;
  }

  /** The copy of a file in a virtual workspace is to be fetched anew. */
  async refresh(): Promise<void> {
    if (this.#options.uri.scheme !== 'file') await this.#letGo();
  }

  /** Peaks and playback. Never rejects: they fail where the analysis fails, which shows why. */
  async prepare(): Promise<void> {
    const { uri, storage, log, post, onDuration, webview } = this.#options;
    const { signal } = this.#closed;
    try {
      const recording = await this.recording();
      const stamp = await stampOf(uri);
      if (stamp === undefined || signal.aborted) return;
      const key = stampKey(uri, stamp);
      if (this.#playback?.version !== key) {
        void this.#playback?.dispose();
        this.#playback = await PlaybackSource.open({
          recording,
          version: key,
          temporary: this.#temporary,
          ffmpegPath: () => readSettings().ffmpegPath,
          webview,
          send: (playback) => post({ type: 'playback', playback }),
        });
      }
      this.#playback.send();
      if (this.#peaks?.key === key) return;
      await this.#peaks?.file.dispose();
      const peaks = { key, file: new PeaksFile(storage, key), isComplete: false };
      this.#peaks = peaks;
      let postedAt = Number.NEGATIVE_INFINITY;
      await peaks.file.make(recording, readSettings().ffmpegPath, signal, (seconds, isComplete) => {
        if (this.#peaks !== peaks) return;
        peaks.isComplete = isComplete;
        if (!isComplete && performance.now() - postedAt < POST_MILLISECONDS) return;
        postedAt = performance.now();
        if (isComplete) this.#playback?.setDecodedSeconds(seconds);
        onDuration(seconds);
        post({ type: 'peaksReady', seconds, isComplete });
      });
    } catch (error) {
      this.#peaks = undefined;
      if (!signal.aborted) log.warn(`${uri.toString(true)}: no waveform: ${String(error)}`);
    }
  }

  async readPeaks(level: number, tile: number): Promise<Int8Array> {
    return (await this.#peaks?.file.read(level, tile)) ?? new Int8Array(0);
  }

  async readSpectrum(scale: FrequencyScale, level: number, tile: number): Promise<Uint8Array> {
    return (await this.#peaks?.file.readSpectrum(scale, level, tile)) ?? new Uint8Array(0);
  }

  /** What the page plays, once the recording has been found. */
  get playback(): PlaybackSource | undefined {
    return this.#playback;
  }

  /** For a page that has just loaded. */
  sendEverything(): void {
    if (this.#peaks !== undefined) {
      const { file, isComplete } = this.#peaks;
      this.#options.post({ type: 'peaksReady', seconds: file.readySeconds, isComplete });
    }
    this.#playback?.send();
  }

  /** Ends all jobs and removes what was made for this editor alone. Never rejects. */
  async dispose(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#letGo(), this.#peaks?.file.dispose()]);
  }

  async #letGo(): Promise<void> {
    const [playback, recording] = [this.#playback, this.#recording];
    this.#playback = undefined;
    this.#recording = undefined;
    await playback?.dispose();
    await recording?.then(
      (local) => local.dispose(),
      () => undefined,
    );
  }
}
