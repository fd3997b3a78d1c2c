import * as vscode from 'vscode';
import { findAudio } from '../../../platform/audio-files.js';
import { loadCore } from '../../../platform/core.js';
import { audioSource, nameOf } from '../../../platform/engine/audio-source.js';
import { markdownText } from '../../../platform/shown-text.js';
import { settled } from '../state/result.js';
import type { ResultsServices } from '../state/services.js';
import { filesWithin, followLinks, type ToolFolder, type ToolPath, toolPath } from './tool-files.js';

export const TOOL_NAME = 'ecapa_classify_audio';

export interface ClassifyToolInput {
  /** Files or folders. */
  readonly paths: readonly string[];
  /** Also list the segments of each file. */
  readonly segments?: boolean;
}

/** A language model reads the answer: more would fill its memory, not help it. */
const MOST_FILES = 200;
const MOST_SEGMENTS = 500;

export function registerClassifyTool(services: ResultsServices): vscode.Disposable {
  return vscode.lm.registerTool<ClassifyToolInput>(TOOL_NAME, {
    prepareInvocation: ({ input }) => prepare(input),
    invoke: async ({ input }, token) => {
      const answer = await classifyForTool(services, input, token);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(answer))]);
    },
  });
}

/** Files of the workspace need no more than VS Code's own question; what lies elsewhere, the user must allow. */
async function prepare(input: ClassifyToolInput): Promise<vscode.PreparedToolInvocation> {
  const outside = (await located(input)).flatMap((path) => (path.kind === 'outside' ? [path.path] : []));
  const names = pathsOf(input).join(', ');
  const invocationMessage = new vscode.MarkdownString(markdownText(vscode.l10n.t('Classifying {0}', names)));
  if (outside.length === 0) return { invocationMessage };
  const list = outside.map((path) => `- ${markdownText(path)}`).join('\n');
  return {
    invocationMessage,
    confirmationMessages: {
      title: vscode.l10n.t('Classify audio outside the workspace?'),
      message: new vscode.MarkdownString(
        `${vscode.l10n.t('These files or folders will be read on this machine; their audio is not sent anywhere, their verdicts go to the language model:')}\n\n${list}`,
      ),
    },
  };
}

/** Throws, in words for the language model, when the input makes no sense or leads nowhere. */
async function classifyForTool(
  { runs, store, engine, log }: ResultsServices,
  input: ClassifyToolInput,
  token: vscode.CancellationToken,
): Promise<object> {
  const paths = await located(input);
  if (paths.length === 0) throw new Error('"paths" must be a list of files or folders.');
  const uris = paths.map((path) => uriOf(path, pathsOf(input)));
  const abort = new AbortController();
  const cancelled = token.onCancellationRequested(() => abort.abort());
  try {
    const found = await findAudio(uris, token, (folder, error) =>
      log.warn(`${folder.toString(true)}: ${String(error)}`),
    );
    if (found.length === 0) throw new Error('There are no audio files in these paths.');
    const allowed = await allowedOf(found, paths);
    if (allowed.length === 0)
      throw new Error(
        'All audio files in these paths are links out of the workspace; name the files they lead to.',
      );
    const files = allowed.slice(0, MOST_FILES);
    const reached = new Set<string>();
    const { isCancelled } = await runs.run(files, {
      signal: abort.signal,
      skipFresh: true,
      onProgress: ({ file, doneSeconds }) => {
        if (doneSeconds === undefined) reached.add(file.toString());
      },
    });
    if (abort.signal.aborted) throw new vscode.CancellationError();
    const results: object[] = [];
    for (const file of files) {
      // The user has ended the run: what was known before may be true no longer.
      if (!reached.has(file.toString())) continue;
      const known = settled(store.get(file.toString()));
      const name = vscode.workspace.asRelativePath(file);
      if (known?.state === 'done') {
        const { label, probability, probabilities, durationSeconds, secondsByLabel, partial } = known.verdict;
        results.push({
          file: name,
          label,
          probability: rounded(probability),
          // Of a long recording, `probability` is that of the parts with its label: no whole that the others add up to.
          ...(secondsByLabel === undefined
            ? { probabilities: roundedAll(probabilities) }
            : { secondsByLabel: roundedAll(secondsByLabel) }),
          durationSeconds: rounded(durationSeconds),
          ...(known.correctedLabel === undefined ? {} : { correctedByUser: known.correctedLabel }),
          ...(partial ? { partial } : {}),
          ...(input.segments === true ? await segmentsOrError(engine, file, abort.signal) : {}),
        });
      } else if (known?.state === 'failed') {
        const { code, message } = known.error;
        results.push({ file: name, error: { code, message } });
      }
    }
    return {
      results,
      ...(allowed.length > results.length ? { notClassified: allowed.length - results.length } : {}),
      ...(isCancelled ? { cancelledByUser: true } : {}),
      ...(found.length > allowed.length ? { linksOutOfWorkspace: found.length - allowed.length } : {}),
    };
  } catch (error) {
    const { isEcapaError } = await loadCore();
    if (isEcapaError(error) && error.code === 'CANCELLED') throw new vscode.CancellationError();
    throw error;
  } finally {
    cancelled.dispose();
  }
}

/** The segments of one file; an error with it does not keep the others from being answered. */
async function segmentsOrError(
  engine: ResultsServices['engine'],
  file: vscode.Uri,
  signal: AbortSignal,
): Promise<object> {
  try {
    return await segmentsOf(engine, file, signal);
  } catch (error) {
    const { isEcapaError, toErrorData } = await loadCore();
    if (signal.aborted || (isEcapaError(error) && error.code === 'CANCELLED')) throw error;
    const { code, message } = toErrorData(error, 'READ_FAILED');
    return { segmentsError: { code, message } };
  }
}

async function segmentsOf(
  engine: ResultsServices['engine'],
  file: vscode.Uri,
  signal: AbortSignal,
): Promise<{ readonly segments: readonly object[]; readonly segmentsTruncated?: true }> {
  const lease = await engine.lease();
  try {
    const segments: object[] = [];
    const options = { head: lease.head, signal, name: nameOf(file) };
    for await (const event of lease.classifier.timeline(await audioSource(file), options)) {
      if (event.type !== 'segment') continue;
      if (segments.length >= MOST_SEGMENTS) return { segments, segmentsTruncated: true };
      const { label, startSeconds, endSeconds, probability } = event.segment;
      segments.push({
        label,
        startSeconds: rounded(startSeconds),
        endSeconds: rounded(endSeconds),
        probability: rounded(probability),
      });
    }
    return { segments };
  } finally {
    lease.release();
  }
}

function pathsOf({ paths }: ClassifyToolInput): string[] {
  return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string') : [];
}

async function located(input: ClassifyToolInput): Promise<ToolPath[]> {
  const folders = workspaceFolders();
  const paths = pathsOf(input).map((path) => toolPath(path, folders));
  return isOnDisk() ? Promise.all(paths.map((path) => followLinks(path, folders))) : paths;
}

/** Links among the files of a folder lead no further than the workspace and what the user has allowed. */
async function allowedOf(
  found: readonly vscode.Uri[],
  paths: readonly ToolPath[],
): Promise<readonly vscode.Uri[]> {
  if (!isOnDisk()) return found;
  const outside = paths.flatMap((path) => (path.kind === 'outside' ? [path.path] : []));
  const places = [...workspaceFolders().map(({ path }) => path), ...outside];
  const within = await filesWithin(
    found.map(({ fsPath }) => fsPath),
    places,
  );
  return found.filter(({ fsPath }) => within.has(fsPath));
}

/** Virtual file systems know no links to follow. */
function isOnDisk(): boolean {
  return (vscode.workspace.workspaceFolders ?? []).every(({ uri }) => uri.scheme === 'file');
}

function workspaceFolders(): ToolFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ name, uri }) => ({
    name,
    path: uri.scheme === 'file' ? uri.fsPath : uri.path,
  }));
}

function uriOf(path: ToolPath, given: readonly string[]): vscode.Uri {
  if (path.kind === 'refused') {
    const reasons = {
      empty: 'a path is empty',
      'no folder': 'no folder is open, so paths must be absolute',
      'leaves the workspace':
        'a relative path leads out of the workspace; give an absolute one, which the user can allow',
    };
    throw new Error(`${given.join(', ')}: ${reasons[path.reason]}.`);
  }
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme !== 'file');
  return folder !== undefined && path.kind === 'inside'
    ? folder.uri.with({ path: path.path.replaceAll('\\', '/') })
    : vscode.Uri.file(path.path);
}

function rounded(value: number): number {
  return Math.round(1000 * value) / 1000;
}

function roundedAll(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([label, value]) => [label, rounded(value)]));
}
