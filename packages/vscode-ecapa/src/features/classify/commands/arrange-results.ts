import * as vscode from 'vscode';
import { pickMany, pickOne } from '../../../platform/quick-picks.js';
import { type Facet, facetsOf, type Grouping, isContains, type SortKey } from '../state/arrangement.js';
import type { ResultsServices } from '../state/services.js';
import { facetName } from '../views/result-words.js';

/** `ecapa.sortResults` */
export async function sortResults({ arrangement }: ResultsServices): Promise<void> {
  const names: Readonly<Record<SortKey, string>> = {
    leastSure: vscode.l10n.t('Least sure first'),
    name: vscode.l10n.t('Name'),
    label: vscode.l10n.t('Label'),
    duration: vscode.l10n.t('Longest first'),
  };
  const sort = await pickKey(vscode.l10n.t('Sort results by'), names, arrangement.current.sort);
  if (sort !== undefined) arrangement.change({ sort });
}

/** `ecapa.groupResults` */
export async function groupResults({ arrangement }: ResultsServices): Promise<void> {
  const names: Readonly<Record<Grouping, string>> = {
    folder: vscode.l10n.t('Folder'),
    label: vscode.l10n.t('Label'),
    none: vscode.l10n.t('No groups'),
  };
  const grouping = await pickKey(vscode.l10n.t('Group results by'), names, arrangement.current.grouping);
  if (grouping !== undefined) arrangement.change({ grouping });
}

/** `ecapa.filterResults`: any number of labels, states, and what can be heard; none of them shows all. */
export async function filterResults({ store, arrangement }: ResultsServices): Promise<void> {
  const counts = new Map<Facet, number>();
  for (const result of store.all())
    for (const facet of facetsOf(result)) counts.set(facet, (counts.get(facet) ?? 0) + 1);
  const { filter } = arrangement.current;
  for (const facet of filter) if (!counts.has(facet)) counts.set(facet, 0);
  const items = [...counts]
    .sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(([facet, count]) => ({
      label: facetName(facet),
      description: String(count),
      ...(isContains(facet) && { detail: vscode.l10n.t('of several such, all must be heard') }),
      facet,
      picked: filter.includes(facet),
    }));
  const picked = await pickMany(items, {
    placeHolder: vscode.l10n.t('Show only these; none: show all'),
  });
  if (picked !== undefined) arrangement.change({ filter: picked.map(({ facet }) => facet) });
}

/** Labels come first, then what can be heard, then states. */
function place(facet: Facet): number {
  return facet.startsWith('label:') ? 0 : isContains(facet) ? 1 : 2;
}

/** `ecapa.clearFilter` */
export function clearFilter({ arrangement }: ResultsServices): void {
  arrangement.change({ filter: [] });
}

async function pickKey<Key extends string>(
  placeHolder: string,
  names: Readonly<Record<Key, string>>,
  current: Key,
): Promise<Key | undefined> {
  const items = (Object.keys(names) as Key[]).map((key) => ({
    label: names[key],
    key,
    iconPath: new vscode.ThemeIcon(key === current ? 'check' : 'blank'),
  }));
  return (await pickOne(items, { placeHolder }))?.key;
}
