import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  binSeconds,
  type FrequencyScale,
  LEVEL_COUNT,
  SPECTRUM_BANDS,
  SPECTRUM_LEVELS,
  SPECTRUM_TILE_FRAMES,
  TILE_BINS,
} from '@ecapa/core/page';
import * as vscode from 'vscode';
import { runJob } from '../../platform/run-job.js';
import type { LocalRecording } from './recording.js';
import { keepWithin } from './storage.js';

/** What is kept on disk may take so much together: some 14 hours of audio. */
const LIMIT_BYTES = 512 * 1024 * 1024;

/** Of what is made: an earlier one had no spectrogram with a linear axis. */
const VERSION = 3;

/** The peaks and the spectrogram of one recording, in files that can be read while they grow. */
export class PeaksFile {
  readonly #storage: vscode.Uri;
  readonly #finished: string;
  #folder: string;
  #readySeconds = 0;

  /** `key` stands for the file and its state. */
  constructor(storage: vscode.Uri, key: string) {
    this.#storage = vscode.Uri.joinPath(storage, 'peaks');
    this.#finished = vscode.Uri.joinPath(this.#storage, `${key}.${VERSION}`).fsPath;
    this.#folder = this.#finished;
  }

  /** Up to here peaks can be read. */
  get readySeconds(): number {
    return this.#readySeconds;
  }

  /** Finds what was made earlier, or makes it. Throws what the audio process throws. */
  async make(
    recording: LocalRecording,
    ffmpegPath: string | undefined,
    signal: AbortSignal,
    onReady: (seconds: number, isComplete: boolean) => void,
  ): Promise<void> {
    const report = (seconds: number, isComplete: boolean): void => {
      this.#readySeconds = seconds;
      onReady(seconds, isComplete);
    };
    const known = await stat(join(this.#finished, '0.peaks')).catch(() => undefined);
    if (known !== undefined) {
      report((known.size / 2) * binSeconds(0), true);
      return;
    }
    // Its own: a timeline that is closed and opened again may still be clearing away what it had begun.
    const growing = `${this.#finished}.${randomUUID()}.tmp`;
    await mkdir(growing, { recursive: true });
    this.#folder = growing;
    try {
      const { path, name } = recording;
      const { durationSeconds, partial } = await runJob(
        'peaks',
        { path, name, directory: growing, ...(ffmpegPath === undefined ? {} : { ffmpegPath }) },
        { name, signal, onEvent: ({ progress }) => report(progress.doneSeconds, false) },
      );
      // What a cut-off file holds may be more next time; it is kept for this editor alone.
      if (!partial) {
        await this.#keep(growing);
        void keepWithin(this.#storage, LIMIT_BYTES);
      }
      report(durationSeconds, true);
    } catch (error) {
      await this.dispose();
      throw error;
    }
  }

  /** Gives what was made its name for good. When another one was faster, its peaks are as good. */
  async #keep(growing: string): Promise<void> {
    try {
      await rename(growing, this.#finished);
    } catch {
      if ((await stat(join(this.#finished, '0.peaks')).catch(() => undefined)) === undefined) return;
      this.#folder = this.#finished;
      await rm(growing, { recursive: true, force: true }).catch(() => undefined); // still being read: it goes some day
    }
    this.#folder = this.#finished;
  }

  /** Pairs of one tile; fewer than asked for at the end, none when there are none. */
  async read(level: number, tile: number): Promise<Int8Array> {
    if (level >= LEVEL_COUNT) return new Int8Array(0);
    const bytes = await this.#tile(`${level}.peaks`, tile, TILE_BINS, 2);
    return new Int8Array(bytes.buffer, 0, bytes.length);
  }

  /** Frames of one tile, each with its bands; fewer than asked for at the end, none when there are none. */
  async readSpectrum(scale: FrequencyScale, level: number, tile: number): Promise<Uint8Array> {
    if (level >= SPECTRUM_LEVELS) return new Uint8Array(0);
    return this.#tile(`${level}.${scale}`, tile, SPECTRUM_TILE_FRAMES, SPECTRUM_BANDS);
  }

  /** Whole items of one tile of a file that may still be growing. */
  async #tile(
    name: string,
    tile: number,
    items: number,
    itemBytes: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const file = await open(join(this.#folder, name)).catch(() => undefined);
    if (file === undefined) return new Uint8Array(0);
    try {
      const bytes = new Uint8Array(items * itemBytes);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, bytes.length * tile);
      return bytes.slice(0, bytesRead - (bytesRead % itemBytes));
    } finally {
      await file.close();
    }
  }

  /** Removes what is not finished. */
  async dispose(): Promise<void> {
    if (this.#folder !== this.#finished) await rm(this.#folder, { recursive: true, force: true });
  }
}
