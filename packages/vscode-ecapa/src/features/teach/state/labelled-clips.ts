import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { EcapaError } from '@ecapa/core';
import type { LabelledFile } from '@ecapa/core/train';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { readSettings } from '../../../platform/settings.js';
import { type ClassClip, type ClassList, clipKey, spanFragment } from './class-list.js';
import { cutSpans } from './cut-spans.js';

/** A clip to learn from: core's file, and where a person finds it. */
export interface LabelledClip extends LabelledFile {
  readonly source: ClassClip;
}

/** A clip that had to be left out, and why. */
export interface LeftOutClip {
  readonly name: string;
  readonly source: ClassClip;
  readonly error: EcapaError;
}

/** Clips to learn from; to be disposed of when they have been embedded. */
export interface LabelledClips {
  readonly clips: readonly LabelledClip[];
  readonly leftOut: readonly LeftOutClip[];
  dispose(): Promise<void>;
}

export interface CollectOptions {
  readonly signal: AbortSignal;
  /** Recordings that stretches have been cut out of, and how many there are. */
  readonly onCut: (done: number, total: number) => void;
}

/** The clips of a folder with one sub-folder per class, or of a list. Throws as `findLabelledFiles`, and `READ_FAILED`. */
export async function clipsOfFolder(folder: vscode.Uri, signal: AbortSignal): Promise<LabelledClips> {
  const { findLabelledFiles } = await loadCore();
  await refuseVirtual(folder);
  const files = await findLabelledFiles(folder.fsPath, signal);
  const clips = files.map((file) => ({ ...file, source: { uri: vscode.Uri.file(file.path).toString() } }));
  return { clips, leftOut: [], dispose: () => Promise.resolve() };
}

/**
 * The clips of classes. Stretches are cut into a temporary folder first, each recording in one pass; clips of
 * one recording are kept together in the test. Throws `NO_AUDIO_FILES` for an empty class, `READ_FAILED` for files
 * that are on no disk, `CANCELLED`.
 */
export async function clipsOfClasses(list: ClassList, options: CollectOptions): Promise<LabelledClips> {
  const empty = list.find(({ clips }) => clips.length === 0);
  if (empty !== undefined) {
    const { EcapaError } = await loadCore();
    throw new EcapaError(
      'NO_AUDIO_FILES',
      vscode.l10n.t('Class “{0}” has no clips. Add some, or remove the class.', empty.name),
    );
  }
  const all = list.flatMap(({ name, clips }) => clips.map((source) => ({ label: name, source })));
  for (const { source } of all) await refuseVirtual(vscode.Uri.parse(source.uri));
  const { makeTemporaryFolder, removeTemporary } = await loadCore();
  const folder = await makeTemporaryFolder();
  const dispose = (): Promise<void> => removeTemporary(folder);
  try {
    const cuts = await cutAll(
      all.map(({ source }) => source),
      folder,
      options,
    );
    const clips: LabelledClip[] = [];
    const leftOut: LeftOutClip[] = [];
    for (const { label, source } of all) {
      const uri = vscode.Uri.parse(source.uri);
      const recording = vscode.workspace.asRelativePath(uri).replaceAll('\\', '/');
      const isInParts = cuts.has(source.uri);
      const cut = source.span === undefined ? uri.fsPath : cuts.get(source.uri)?.get(clipKey(source));
      const name = source.span === undefined ? recording : `${recording}#${spanFragment(source.span)}`;
      if (typeof cut === 'string')
        clips.push({ path: cut, name, label, source, ...(isInParts && { group: recording }) });
      else if (cut !== undefined) leftOut.push({ name, source, error: cut });
    }
    return { clips, leftOut, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** For each recording that stretches are wanted of, the WAV file of each by `clipKey`, or why there is none. */
async function cutAll(
  clips: readonly ClassClip[],
  folder: string,
  { signal, onCut }: CollectOptions,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string | EcapaError>>> {
  const { EcapaError, isEcapaError } = await loadCore();
  const byFile = new Map<string, ClassClip[]>();
  for (const clip of clips)
    if (clip.span !== undefined) byFile.set(clip.uri, [...(byFile.get(clip.uri) ?? []), clip]);
  const { ffmpegPath } = readSettings();
  const cuts = new Map<string, Map<string, string | EcapaError>>();
  for (const [uri, parts] of byFile) {
    onCut(cuts.size, byFile.size);
    const file = vscode.Uri.parse(uri).fsPath;
    const own = await mkdtemp(join(folder, 'cut-'));
    const spans = parts.flatMap(({ span }) => span ?? []);
    const paths = await cutSpans(file, spans, { folder: own, ffmpegPath, signal }).catch((error: unknown) => {
      if (isEcapaError(error) && error.code !== 'CANCELLED') return error;
      throw error;
    });
    const beyond = (): EcapaError =>
      new EcapaError(
        'NO_SAMPLES',
        vscode.l10n.t('{0}: the recording ends before this stretch begins. Remove the clip.', file),
        { file },
      );
    const outcome = parts.map((part, i) => {
      const cut = isEcapaError(paths) ? paths : (paths[i] ?? beyond());
      return [clipKey(part), cut] as const;
    });
    cuts.set(uri, new Map(outcome));
  }
  return cuts;
}

async function refuseVirtual(uri: vscode.Uri): Promise<void> {
  if (uri.scheme === 'file') return;
  const { EcapaError } = await loadCore();
  throw new EcapaError(
    'READ_FAILED',
    vscode.l10n.t('{0}: training needs files on a disk. Copy them to one.', uri.toString(true)),
  );
}
