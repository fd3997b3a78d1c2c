import { createHash } from 'node:crypto';
import { decodeFloats, encodeFloats } from '@ecapa/core/host';
import * as vscode from 'vscode';
import { keepWithin, readJson, writeJson } from './storage.js';
import type { TimelineData } from './timeline-data.js';

/** Finished timelines that are kept on disk may take so much together. */
const LIMIT_BYTES = 128 * 1024 * 1024;
const IN_MEMORY = 8;

/** What is kept: typed arrays as base64 of their little-endian floats. */
interface StoredTimeline extends Omit<TimelineData, 'windows' | 'sketch'> {
  readonly version: 1;
  readonly uri: string;
  readonly windows: { readonly centresSeconds: string; readonly probabilities: string };
  readonly sketch: Omit<TimelineData['sketch'], 'envelope' | 'curves'> & {
    readonly envelope: string;
    readonly curves: string;
  };
}

/** The last timeline of each recording, so that opening it again shows it at once. */
export class TimelineCache {
  readonly #folder: vscode.Uri;
  readonly #recent = new Map<string, TimelineData>();

  constructor(storage: vscode.Uri) {
    this.#folder = vscode.Uri.joinPath(storage, 'timelines');
  }

  async get(uri: string): Promise<TimelineData | undefined> {
    const recent = this.#recent.get(uri);
    if (recent !== undefined) return recent;
    const stored = await readJson(this.#fileOf(uri), isStoredTimeline).catch(
      () => undefined, // it can be made anew
    );
    if (stored?.uri !== uri) return undefined;
    const { version: _, uri: __, windows, sketch, ...data } = stored;
    const timeline = {
      ...data,
      windows: {
        centresSeconds: decodeFloats(windows.centresSeconds),
        probabilities: decodeFloats(windows.probabilities),
      },
      sketch: { ...sketch, envelope: decodeFloats(sketch.envelope), curves: decodeFloats(sketch.curves) },
    };
    this.#remember(uri, timeline);
    return timeline;
  }

  /** Kept in memory at once; rejects when storage cannot be written. */
  async set(uri: string, timeline: TimelineData): Promise<void> {
    this.#remember(uri, timeline);
    const { windows, sketch, ...data } = timeline;
    const stored: StoredTimeline = {
      version: 1,
      uri,
      ...data,
      windows: {
        centresSeconds: encodeFloats(windows.centresSeconds),
        probabilities: encodeFloats(windows.probabilities),
      },
      sketch: { ...sketch, envelope: encodeFloats(sketch.envelope), curves: encodeFloats(sketch.curves) },
    };
    await writeJson(this.#fileOf(uri), stored);
    await keepWithin(this.#folder, LIMIT_BYTES);
  }

  #remember(uri: string, timeline: TimelineData): void {
    this.#recent.delete(uri);
    this.#recent.set(uri, timeline);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= IN_MEMORY) break;
      this.#recent.delete(oldest);
    }
  }

  #fileOf(uri: string): vscode.Uri {
    const name = createHash('sha256').update(uri).digest('hex').slice(0, 32);
    return vscode.Uri.joinPath(this.#folder, `${name}.json`);
  }
}

function isStoredTimeline(value: unknown): value is StoredTimeline {
  const stored = value as Partial<StoredTimeline> | null;
  return (
    stored?.version === 1 &&
    typeof stored.uri === 'string' &&
    Array.isArray(stored.labels) &&
    Array.isArray(stored.segments) &&
    typeof stored.windows?.centresSeconds === 'string' &&
    typeof stored.windows.probabilities === 'string' &&
    typeof stored.sketch?.envelope === 'string' &&
    typeof stored.sketch.curves === 'string'
  );
}
