import * as vscode from 'vscode';
import { duration, percent, probabilityBar, shares } from '../../../platform/figures.js';
import { problemOfFile } from '../../../platform/problem-text.js';
import { markdownText } from '../../../platform/shown-text.js';
import { type Result, settled, type Verdict } from '../state/result.js';
import { stalenessText } from './result-words.js';

/** All that is known of a file, as Markdown. Names and labels are text, whatever is in them. */
export function resultTooltip(file: vscode.Uri, result: Result): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.appendMarkdown(`**${markdownText(vscode.workspace.asRelativePath(file))}**\n\n`);
  const known = settled(result);
  if (known === undefined) return text.appendMarkdown(markdownText(vscode.l10n.t('No verdict yet.')));
  if (known.state === 'failed') {
    const { code, message } = known.error;
    const lines = [problemOfFile(known.error), message, code];
    return text.appendMarkdown(lines.map(markdownText).join('\n\n'));
  }
  const { verdict, staleness, correctedLabel } = known;
  table(text, verdict);
  const lines = [
    ...heard(verdict),
    duration(verdict.durationSeconds),
    method(verdict),
    ...(verdict.mixed ? [vscode.l10n.t('Mixed: no label has most of the time.')] : []),
    ...(verdict.partial
      ? [vscode.l10n.t('The file is damaged or ends early: the verdict is on what could be read.')]
      : []),
    vscode.l10n.t('Model {0}, head {1}', verdict.model, verdict.head),
    ...(correctedLabel === undefined ? [] : [vscode.l10n.t('corrected: {0}', correctedLabel)]),
    ...(staleness === undefined ? [] : [stalenessText(staleness)]),
  ];
  for (const line of lines) text.appendMarkdown(`\n\n${markdownText(line)}`);
  return text;
}

function table(
  text: vscode.MarkdownString,
  { label, probability, probabilities, secondsByLabel }: Verdict,
): void {
  const times = new Map(
    secondsByLabel === undefined ? [] : shares(secondsByLabel).map((one) => [one.label, one.share]),
  );
  const rows = Object.entries(probabilities)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => b.value - a.value);
  if (!(label in probabilities)) rows.unshift({ name: label, value: probability });
  const heading = [
    vscode.l10n.t('Label'),
    vscode.l10n.t('Probability'),
    ...(times.size > 0 ? [vscode.l10n.t('Time')] : []),
  ];
  text.appendMarkdown(`| ${heading.join(' | ')} |\n|${heading.map(() => ' --- |').join('')}\n`);
  for (const { name, value } of rows) {
    const time = times.size > 0 ? ` ${percent(times.get(name) ?? 0)} |` : '';
    const shown = name === label ? `**${markdownText(name)}**` : markdownText(name);
    text.appendMarkdown(`| ${shown} | ${probabilityBar(value)} ${percent(value)} |${time}\n`);
  }
}

function heard({ present }: Verdict): string[] {
  if (present === undefined || present.length === 0) return [];
  return [vscode.l10n.t('Can be heard: {0}', present.join(', '))];
}

function method({ method, label }: Verdict): string {
  if (label === 'silence') return vscode.l10n.t('There is no signal to speak of.');
  return method === 'clip'
    ? vscode.l10n.t('Heard as a whole')
    : vscode.l10n.t('Heard window by window and summed up');
}
