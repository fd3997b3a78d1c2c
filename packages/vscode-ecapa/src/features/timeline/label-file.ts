import * as vscode from 'vscode';
import { loadCore } from '../../platform/core.js';
import { isFileNotFound } from '../../platform/file-not-found.js';
import { readSmallFile } from '../../platform/read-small-file.js';
import type { LabelFileKind } from '../../platform/setting-rules.js';
import { writeWhole } from '../../platform/write-whole.js';
import type { Correction } from './apply-corrections.js';

/** Some half a million labels. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What stands behind a recording's whole name, by the format. `take.wav` has its labels in `take.wav.labels.json`. */
export const LABEL_SUFFIXES = {
  json: '.labels.json',
  audacity: '.labels.txt',
  textgrid: '.labels.TextGrid',
} as const satisfies Record<Exclude<LabelFileKind, 'none'>, string>;

export interface LabelFile {
  readonly corrections: readonly Correction[];
  /** Of the recording that the labels were made for; only JSON has it. */
  readonly fingerprint?: string | undefined;
}

/**
 * The labels beside a recording, in whatever format they are there; undefined where there are none.
 * Rejects with `LABELS_INVALID` for a file that holds no labels, and when it cannot be read.
 */
export async function readLabelFile(recording: vscode.Uri): Promise<LabelFile | undefined> {
  for (const suffix of Object.values(LABEL_SUFFIXES)) {
    const file = labelUri(recording, suffix);
    let bytes: Uint8Array;
    try {
      bytes = await readSmallFile(file, MOST_BYTES);
    } catch (error) {
      if (isFileNotFound(error)) continue;
      throw error;
    }
    const { parseLabels } = await loadCore();
    const text = new TextDecoder().decode(bytes);
    const { labels, format } = parseLabels(text, vscode.workspace.asRelativePath(file));
    const { fingerprint } = format === 'json' ? (Object(JSON.parse(text)) as Record<string, unknown>) : {};
    return {
      corrections: withoutOverlaps(labels),
      ...(typeof fingerprint === 'string' && { fingerprint }),
    };
  }
  return undefined;
}

/**
 * Writes them, in place of those in any other format; without labels there is no file.
 * Rejects when the folder cannot be written to.
 */
export async function writeLabelFile(
  recording: vscode.Uri,
  kind: keyof typeof LABEL_SUFFIXES,
  { corrections, fingerprint }: LabelFile,
): Promise<void> {
  const text =
    kind === 'json'
      ? jsonText(recording, corrections, fingerprint)
      : await formatted(recording, kind, corrections);
  if (corrections.length > 0) await writeWhole(labelUri(recording, LABEL_SUFFIXES[kind]), text);
  for (const [other, suffix] of Object.entries(LABEL_SUFFIXES)) {
    if (other === kind && corrections.length > 0) continue;
    await vscode.workspace.fs.delete(labelUri(recording, suffix)).then(undefined, (error: unknown) => {
      if (!isFileNotFound(error)) throw error;
    });
  }
}

/** Labels of an earlier content, under a name that is not read by itself. Rejects when it cannot be written. */
export async function writeOlderLabels(
  recording: vscode.Uri,
  corrections: readonly Correction[],
): Promise<void> {
  await writeWhole(labelUri(recording, '.labels.older.json'), jsonText(recording, corrections, undefined));
}

/** Follows a recording to another name. */
export async function moveLabelFile(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  for (const suffix of Object.values(LABEL_SUFFIXES))
    await vscode.workspace.fs
      .rename(labelUri(from, suffix), labelUri(to, suffix), { overwrite: false })
      .then(undefined, (error: unknown) => {
        if (!isFileNotFound(error)) throw error;
      });
}

/** Labels of other programs may overlap; of two, the later one begins where the earlier one ends. */
export function withoutOverlaps(labels: readonly Correction[]): Correction[] {
  const result: Correction[] = [];
  let end = 0;
  for (const one of labels) {
    const startSeconds = Math.max(one.startSeconds, end);
    if (one.endSeconds <= startSeconds) continue;
    result.push({ startSeconds, endSeconds: one.endSeconds, label: one.label });
    end = one.endSeconds;
  }
  return result;
}

function labelUri(recording: vscode.Uri, suffix: string): vscode.Uri {
  return recording.with({ path: `${recording.path}${suffix}` });
}

/** One label a line: what changed shows in a diff. */
function jsonText(
  recording: vscode.Uri,
  corrections: readonly Correction[],
  fingerprint: string | undefined,
): string {
  const head = JSON.stringify({
    format: 'ecapa-labels',
    version: 1,
    file: recording.path.slice(recording.path.lastIndexOf('/') + 1),
    fingerprint,
  }).slice(0, -1);
  const lines = corrections.map(({ startSeconds, endSeconds, label }) =>
    JSON.stringify({ start: startSeconds, end: endSeconds, label }),
  );
  return `${head},"labels":[\n${lines.join(',\n')}\n]}\n`;
}

async function formatted(
  recording: vscode.Uri,
  kind: 'audacity' | 'textgrid',
  corrections: readonly Correction[],
): Promise<string> {
  const { timelineFormat } = await loadCore();
  return timelineFormat(kind).write({
    file: recording.path,
    durationSeconds: corrections.at(-1)?.endSeconds ?? 0,
    segments: corrections.map((one) => ({ ...one, probability: 1, probabilities: {}, presence: {} })),
    labels: [],
    model: '',
    head: '',
  });
}
