import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import { loadCore } from '../../platform/core.js';
import { offerToOpen } from '../../platform/offer-to-open.js';
import { pickOne } from '../../platform/quick-picks.js';
import type { TimelineSession } from './session.js';

/** A format that a timeline can be written in. */
export interface ExportFormat {
  readonly name: string;
  /** File name extension, with its dot. */
  readonly extension: string;
  readonly title: string;
}

/** Core's text formats and pictures. */
export async function exportFormats(): Promise<readonly ExportFormat[]> {
  const { TIMELINE_FORMATS } = await loadCore();
  return [
    ...TIMELINE_FORMATS.map(({ name, extension, title }) => ({
      name,
      extension,
      title: vscode.l10n.t(title),
    })),
    { name: 'html', extension: '.html', title: vscode.l10n.t('HTML page with a picture and a table') },
    { name: 'svg', extension: '.svg', title: vscode.l10n.t('SVG picture') },
  ];
}

/** What a format gets that holds one of the two: what can be heard, overlapping, or what it mostly is. */
export type ExportedLabels = 'heard' | 'dominant';

/** Formats that hold either; the others hold both, or segments alone. */
const HOLDS_EITHER: ReadonlySet<string> = new Set(['rttm', 'audacity', 'csv', 'tsv', 'webvtt']);

/** The timeline in a format, corrections included. Throws EcapaError NO_SAMPLES while there is none. */
export async function timelineText(
  session: TimelineSession,
  format: string,
  exported: ExportedLabels = 'heard',
): Promise<string> {
  const { EcapaError, timelineFormat, timelineToHtml, timelineToSvg } = await loadCore();
  const found = session.report;
  if (found === undefined)
    throw new EcapaError(
      'NO_SAMPLES',
      vscode.l10n.t('{0}: there is no whole timeline yet. Let the analysis finish first.', session.uri.path),
      { file: session.uri.path },
    );
  const { report, sketch } = found;
  const wording = { language: vscode.env.language, translate: vscode.l10n.t };
  if (format === 'html') return timelineToHtml(report, sketch, wording);
  if (format === 'svg') return timelineToSvg(report, sketch, wording);
  const { tracks: _, ...dominant } = report;
  return timelineFormat(format).write(exported === 'heard' ? report : dominant);
}

/** Writes the file whole or not at all. */
export async function writeTimeline(
  session: TimelineSession,
  format: string,
  target: vscode.Uri,
  exported: ExportedLabels = 'heard',
): Promise<void> {
  const text = await timelineText(session, format, exported);
  const { writeFileAtomically } = await loadCore();
  if (target.scheme === 'file') await writeFileAtomically(target.fsPath, text);
  else await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
}

/** Asks for format and place, and writes. */
export async function exportTimeline(session: TimelineSession): Promise<void> {
  if (session.report === undefined) await timelineText(session, 'json'); // throws, saying why
  const formats = await exportFormats();
  const picked = await pickOne(
    formats.map((format) => ({ label: format.title, description: format.extension, format })),
    { title: vscode.l10n.t('Export the Timeline'), placeHolder: vscode.l10n.t('Format') },
  );
  if (picked === undefined) return;
  const { extension, title, name } = picked.format;
  const isEither = HOLDS_EITHER.has(name) && session.report?.report.tracks !== undefined;
  const exported = isEither ? await askWhatToExport() : 'heard';
  if (exported === undefined) return;
  const stem = basename(session.uri.path, extname(session.uri.path));
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(session.uri, '..', `${stem}${extension}`),
    filters: { [title]: [extension.slice(1)] },
    title: vscode.l10n.t('Export the Timeline'),
  });
  if (target === undefined) return;
  await writeTimeline(session, name, target, exported);
  await offerToOpen(
    vscode.l10n.t('Timeline exported to {0}', vscode.workspace.asRelativePath(target)),
    target,
  );
}

async function askWhatToExport(): Promise<ExportedLabels | undefined> {
  const items = [
    {
      label: vscode.l10n.t('What can be heard'),
      detail: vscode.l10n.t('The lanes; labels overlap where several can be heard'),
      exported: 'heard' as const,
    },
    {
      label: vscode.l10n.t('What it mostly is'),
      detail: vscode.l10n.t('The segments; one label at a time'),
      exported: 'dominant' as const,
    },
  ];
  const title = vscode.l10n.t('Export the Timeline');
  return (await pickOne(items, { title, placeHolder: vscode.l10n.t('Which labels?') }))?.exported;
}
