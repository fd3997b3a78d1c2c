import * as vscode from 'vscode';
import { loadCore } from '../../platform/core.js';
import { isFileNotFound } from '../../platform/file-not-found.js';
import { readSmallFile } from '../../platform/read-small-file.js';
import type { LabelFileKind } from '../../platform/setting-rules.js';
import { writeWhole } from '../../platform/write-whole.js';
import type { Correction } from './apply-corrections.js';
import type { HeardCorrection } from './heard.js';
import type { PersonLabels } from './person-labels.js';

type Core = Awaited<ReturnType<typeof loadCore>>;

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
  /** Undefined in formats that cannot hold it, see `holdsHeard`. */
  readonly heard?: readonly HeardCorrection[] | undefined;
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
    const core = await loadCore();
    const text = new TextDecoder().decode(bytes);
    const { labels, format } = core.parseLabels(text, vscode.workspace.asRelativePath(file));
    if (format !== 'json')
      return {
        corrections: withoutOverlaps(labels),
        heard: format === 'textgrid' ? await tiersOf(text) : undefined,
      };
    const { fingerprint, heard } = Object(JSON.parse(text)) as Record<string, unknown>;
    return {
      corrections: withoutOverlaps(labels),
      heard: heardOf(heard, vscode.workspace.asRelativePath(file), core),
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
  { corrections, heard = [], fingerprint }: LabelFile,
): Promise<void> {
  const text =
    kind === 'json'
      ? jsonText(recording, { corrections, heard }, fingerprint)
      : kind === 'textgrid'
        ? await textGridText(corrections, heard)
        : await audacityText(recording, corrections);
  const isEmpty = corrections.length === 0 && !(holdsHeard(kind) && heard.length > 0);
  if (!isEmpty) await writeWhole(labelUri(recording, LABEL_SUFFIXES[kind]), text);
  for (const [other, suffix] of Object.entries(LABEL_SUFFIXES)) {
    if (other === kind && !isEmpty) continue;
    await vscode.workspace.fs.delete(labelUri(recording, suffix)).then(undefined, (error: unknown) => {
      if (!isFileNotFound(error)) throw error;
    });
  }
}

/** Labels of an earlier content, under a name that is not read by itself. Rejects when it cannot be written. */
export async function writeOlderLabels(recording: vscode.Uri, labels: PersonLabels): Promise<void> {
  await writeWhole(labelUri(recording, '.labels.older.json'), jsonText(recording, labels, undefined));
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

/** Whether a format can hold corrections of lanes; of the others, the workspace's storage does. */
export function holdsHeard(kind: LabelFileKind): boolean {
  return kind === 'json' || kind === 'textgrid';
}

/** A file's corrections of lanes; throws `LABELS_INVALID` for anything else. */
function heardOf(
  value: unknown,
  name: string,
  { EcapaError, labelledSpan }: Core,
): readonly HeardCorrection[] {
  const invalid = (): never => {
    const reason = vscode.l10n.t(
      '{0}: an entry of “heard” lacks a start, an end, a label or a yes or no.',
      name,
    );
    throw new EcapaError('LABELS_INVALID', reason, { file: name });
  };
  if (value === undefined) return [];
  if (!Array.isArray(value)) return invalid();
  return value.map((one: unknown) => {
    const span = labelledSpan(one);
    const { heard } = Object(one) as Record<string, unknown>;
    if (span === undefined || span.label === '' || typeof heard !== 'boolean') return invalid();
    if (!(span.startSeconds >= 0 && span.endSeconds > span.startSeconds)) return invalid();
    return { ...span, isHeard: heard };
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
  { corrections, heard }: PersonLabels,
  fingerprint: string | undefined,
): string {
  const head = JSON.stringify({
    format: 'ecapa-labels',
    version: 2,
    file: recording.path.slice(recording.path.lastIndexOf('/') + 1),
    fingerprint,
  }).slice(0, -1);
  const labels = corrections.map(({ startSeconds, endSeconds, label }) =>
    JSON.stringify({ startSeconds, endSeconds, label }),
  );
  const lanes = heard.map(({ startSeconds, endSeconds, label, isHeard }) =>
    JSON.stringify({ startSeconds, endSeconds, label, heard: isHeard }),
  );
  const list = (name: string, lines: readonly string[]): string => `"${name}":[\n${lines.join(',\n')}\n]`;
  return `${head},${list('labels', labels)}${lanes.length === 0 ? '' : `,${list('heard', lanes)}`}}\n`;
}

/** The segments, then a tier for each class: `music` where it can be heard, `not music` where it cannot. */
async function textGridText(
  corrections: readonly Correction[],
  heard: readonly HeardCorrection[],
): Promise<string> {
  const { textGrid } = await loadCore();
  const lanes = [...new Set(heard.map(({ label }) => label))].map((name) => ({
    name,
    spans: heard
      .filter(({ label }) => label === name)
      .map(({ isHeard, ...span }) => (isHeard ? span : { ...span, label: notHeard(name) })),
  }));
  return textGrid([{ name: 'label', spans: corrections }, ...lanes], 0);
}

/** Of the tiers after the first; undefined where there are none, as in files that hold segments alone. */
async function tiersOf(text: string): Promise<readonly HeardCorrection[] | undefined> {
  const { textGridTiers, EcapaError } = await loadCore();
  const [, ...tiers] = textGridTiers(text, (reason) => new EcapaError('LABELS_INVALID', reason));
  if (tiers.length === 0) return undefined;
  return tiers.flatMap(({ name, labels }) =>
    labels
      .filter(({ label }) => label === name || label === notHeard(name))
      .map((span) => ({ ...span, label: name, isHeard: span.label === name })),
  );
}

function notHeard(label: string): string {
  return `not ${label}`;
}

async function audacityText(recording: vscode.Uri, corrections: readonly Correction[]): Promise<string> {
  const { timelineFormat } = await loadCore();
  return timelineFormat('audacity').write({
    file: recording.path,
    durationSeconds: corrections.at(-1)?.endSeconds ?? 0,
    segments: corrections.map((one) => ({ ...one, probability: 1, probabilities: {}, presence: {} })),
    labels: [],
    model: '',
    head: '',
  });
}
