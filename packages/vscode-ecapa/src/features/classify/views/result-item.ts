import * as vscode from 'vscode';
import { duration, percent, probabilityBar, shares } from '../../../platform/figures.js';
import { labelColourId } from '../../../platform/label-colour.js';
import { problemOfFile } from '../../../platform/problem-text.js';
import { plainText } from '../../../platform/shown-text.js';
import { isContains } from '../state/arrangement.js';
import {
  type DoneResult,
  labelInForce,
  labelsContained,
  type Result,
  settled,
  type Verdict,
} from '../state/result.js';
import type { GroupNode, MoreNode } from './result-nodes.js';
import { resultTooltip } from './result-tooltip.js';
import { facetName, stalenessText } from './result-words.js';
import { shortName } from './short-name.js';

/**
 * A row of one file: its label, how sure, how long, what is wrong with it, and its folder where no heading shows it. It has no
 * `resourceUri`, for which VS Code would show the Explorer's badge, which says the same, in the place of a duration.
 */
export function fileItem(uri: string, result: Result | undefined, withFolder: boolean): vscode.TreeItem {
  const name = plainText(decoded(uri.slice(uri.lastIndexOf('/') + 1)));
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.None);
  item.id = uri;
  if (result === undefined) return item;
  const folder = withFolder ? folderName(uri.slice(0, uri.lastIndexOf('/'))) : '';
  const description = [...describe(result), ...(folder === '' ? [] : [folder])];
  item.label = shortName(name, plainText(essential(result).join(' · ')));
  item.description = plainText(description.join(' · '));
  item.iconPath = icon(result);
  item.contextValue = contextOf(result);
  item.accessibilityInformation = { label: plainText([name, ...spoken(result)].join(', ')) };
  if (settled(result)?.state === 'done')
    item.command = {
      command: 'ecapa.showTimeline',
      title: '',
      arguments: [vscode.Uri.parse(uri), undefined, { preserveFocus: true }],
    };
  return item;
}

export function groupItem({ key, counts, uris }: GroupNode, isOpen: boolean): vscode.TreeItem {
  const isFolder = key.includes('/');
  const item = new vscode.TreeItem(
    plainText(isFolder ? folderName(key) : facetName(key)),
    isOpen ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `group:${key}`;
  item.contextValue = isFolder ? 'group.folder' : 'group.facet';
  item.iconPath = isFolder ? vscode.ThemeIcon.Folder : new vscode.ThemeIcon('symbol-class');
  const texts = [...counts]
    .filter(([facet]) => facet !== key && !isContains(facet))
    .sort(([, a], [, b]) => b - a)
    .map(([facet, count]) => `${count} ${facetName(facet)}`);
  item.description = plainText((isFolder ? texts : [String(uris.length), ...texts]).join(' · '));
  if (isFolder) item.tooltip = plainText(vscode.Uri.parse(key).fsPath);
  return item;
}

export function moreItem(node: MoreNode): vscode.TreeItem {
  const { group } = node;
  const left = group === undefined ? 0 : group.uris.length - group.shown;
  const item = new vscode.TreeItem(vscode.l10n.t('Show more ({0} left)', left));
  item.id = `more:${group?.key ?? ''}`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: 'ecapa.showMoreResults', title: '', arguments: [node] };
  return item;
}

export function tooltipOf(uri: string, result: Result | undefined): vscode.MarkdownString | undefined {
  return result === undefined ? undefined : resultTooltip(vscode.Uri.parse(uri), result);
}

function describe(result: Result): string[] {
  const known = settled(result);
  const parts: string[] = [];
  if (result.state === 'running') parts.push(runningText(result.doneSeconds, result.totalSeconds));
  if (result.state === 'queued') parts.push(vscode.l10n.t('waiting'));
  if (known?.state === 'failed') parts.push(problemOfFile(known.error));
  if (known?.state !== 'done') return parts;
  const { verdict, staleness, correctedLabel } = known;
  // What a narrow side bar has no room for comes last.
  parts.push(...essential(result), ...beneath(known), ...extent(verdict));
  if (correctedLabel === verdict.label) parts.push(vscode.l10n.t('confirmed'));
  else if (correctedLabel !== undefined) parts.push(vscode.l10n.t('corrected: {0}', correctedLabel));
  if (staleness !== undefined) parts.push(stalenessText(staleness));
  parts.push(probabilityBar(verdict.probability));
  return parts;
}

/** What a name gives way to. */
function essential(result: Result): string[] {
  const known = settled(result);
  if (known?.state !== 'done') return [];
  const { verdict } = known;
  return [`${percent(verdict.probability)} ${verdict.label}`, duration(verdict.durationSeconds)];
}

/** Of a long recording: what it is made of, when it is more than one thing; and what is missing. */
function extent({ secondsByLabel, partial }: Verdict): string[] {
  const all = secondsByLabel === undefined ? [] : shares(secondsByLabel);
  const made = all.length > 1 ? [all.map(({ label, share }) => `${label} ${percent(share)}`).join(', ')] : [];
  return partial ? [...made, vscode.l10n.t('incomplete')] : made;
}

/** What else can be heard. */
function beneath(known: DoneResult): string[] {
  const label = labelInForce(known);
  const others = (labelsContained(known) ?? []).filter((one) => one !== label && one !== known.verdict.label);
  return others.length === 0 ? [] : [vscode.l10n.t('with {0}', others.join(', '))];
}

/** The same without what is only to be seen. */
function spoken(result: Result): string[] {
  return describe(result).filter((part) => !/^[█▌░]+$/.test(part));
}

function runningText(doneSeconds: number | undefined, totalSeconds: number | undefined): string {
  if (doneSeconds === undefined) return vscode.l10n.t('listening…');
  return totalSeconds === undefined
    ? duration(doneSeconds)
    : vscode.l10n.t('{0} of {1}', duration(doneSeconds), duration(totalSeconds));
}

function icon(result: Result): vscode.ThemeIcon {
  if (result.state === 'running') return new vscode.ThemeIcon('loading~spin');
  if (result.state === 'queued') return new vscode.ThemeIcon('clock');
  if (result.state === 'failed')
    return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  const said = labelInForce(result);
  const colour = new vscode.ThemeColor(labelColourId(said, Object.keys(result.verdict.probabilities)));
  return new vscode.ThemeIcon(result.staleness === undefined ? 'circle-filled' : 'history', colour);
}

/** The value of `viewItem` for a row, in `when` clauses. */
function contextOf(result: Result): string {
  const known = settled(result);
  const isStale = known?.state === 'done' && known.staleness !== undefined;
  const state = result.state === 'queued' || result.state === 'running' ? 'active' : result.state;
  return `file.${state}${known?.state === 'done' ? '.verdict' : ''}${isStale ? '.stale' : ''}`;
}

function folderName(uri: string): string {
  const folder = vscode.Uri.parse(uri);
  const isRoot = vscode.workspace.getWorkspaceFolder(folder)?.uri.toString() === uri;
  return isRoot ? decoded(uri.slice(uri.lastIndexOf('/') + 1)) : vscode.workspace.asRelativePath(folder);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
