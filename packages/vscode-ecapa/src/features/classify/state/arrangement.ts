import { labelInForce, labelsContained, type Result, settled } from './result.js';

export const SORT_KEYS = ['leastSure', 'name', 'label', 'duration'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const GROUPINGS = ['folder', 'label', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What results can be filtered by: `label:…`, the one in force; `contains:…`, what can be heard; what else is known of them. */
export type Facet = `label:${string}` | `contains:${string}` | 'failed' | 'stale' | 'active';

/** How the results are shown. Plain data: it is kept with the workspace. */
export interface Arrangement {
  readonly sort: SortKey;
  readonly grouping: Grouping;
  /** Results with all of the `contains:…` and any of the others are shown; all when it is empty. */
  readonly filter: readonly Facet[];
}

export const DEFAULT_ARRANGEMENT: Arrangement = { sort: 'leastSure', grouping: 'folder', filter: [] };

/** What is shown under one heading, in order. */
export interface Group {
  /** URI of the folder, a facet, or empty when there is but one group. */
  readonly key: string;
  readonly uris: readonly string[];
  /** How many there are of each facet. */
  readonly counts: ReadonlyMap<Facet, number>;
}

export function facetsOf(result: Result): Facet[] {
  const known = settled(result);
  const facets: Facet[] = [];
  if (known?.state === 'done') facets.push(`label:${labelInForce(known)}`);
  if (known?.state === 'done')
    facets.push(...(labelsContained(known) ?? []).map((label): Facet => `contains:${label}`));
  if (known?.state === 'failed') facets.push('failed');
  if (known?.state === 'done' && known.staleness !== undefined) facets.push('stale');
  if (known !== result) facets.push('active');
  return facets;
}

/** Whether a facet is of what can be heard; several of them mean all of them. */
export function isContains(facet: string): facet is `contains:${string}` {
  return facet.startsWith('contains:');
}

/** Filters, sorts and groups. Takes n log n steps, for it is done again and again while results come in. */
export function arrange(results: readonly Result[], { sort, grouping, filter }: Arrangement): Group[] {
  const contained = filter.filter(isContains);
  const wanted = new Set(filter.filter((facet) => !isContains(facet)));
  const groups = new Map<string, { uris: string[]; counts: Map<Facet, number> }>();
  const rows = results.map((result) => ({ result, facets: facetsOf(result), ...sortValues(result, sort) }));
  rows.sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const { result, facets } of rows) {
    if (wanted.size > 0 && !facets.some((facet) => wanted.has(facet))) continue;
    if (!contained.every((facet) => facets.includes(facet))) continue;
    const key = groupKey(result, facets, grouping);
    let group = groups.get(key);
    if (group === undefined) {
      group = { uris: [], counts: new Map() };
      groups.set(key, group);
    }
    group.uris.push(result.uri);
    for (const facet of facets) group.counts.set(facet, (group.counts.get(facet) ?? 0) + 1);
  }
  return [...groups]
    .map(([key, group]) => ({ key, ...group, order: nameKey(key) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ key, uris, counts }) => ({ key, uris, counts }));
}

/** After all verdicts come the files that have none. */
const FAILED = 1e12;
const WAITING = 2e12;

function sortValues(result: Result, sort: SortKey): { rank: number; key: string } {
  const name = nameKey(result.uri);
  if (sort === 'name') return { rank: 0, key: name };
  const known = settled(result);
  if (known?.state !== 'done') return { rank: result.state === 'failed' ? FAILED : WAITING, key: name };
  switch (sort) {
    case 'leastSure':
      return { rank: known.verdict.probability, key: name };
    case 'label':
      return { rank: 0, key: `${labelInForce(known)}\n${name}` };
    case 'duration':
      return { rank: -known.verdict.durationSeconds, key: name };
  }
}

const nameKeys = new Map<string, string>();
const MOST_NAME_KEYS = 20_000;

/** Sorts as people count, `clip2` before `clip10`, by plain comparison: a collator takes 50 times as long. */
function nameKey(uri: string): string {
  let key = nameKeys.get(uri);
  if (key === undefined) {
    if (nameKeys.size >= MOST_NAME_KEYS) nameKeys.clear();
    key = decoded(uri)
      .toLowerCase()
      .replace(/\d+/g, (digits) => digits.padStart(12, '0'));
    nameKeys.set(uri, key);
  }
  return key;
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

function groupKey(result: Result, facets: readonly Facet[], grouping: Grouping): string {
  if (grouping === 'none') return '';
  if (grouping === 'folder') return result.uri.slice(0, result.uri.lastIndexOf('/'));
  return facets.find((facet) => facet.startsWith('label:')) ?? facets[0] ?? 'active';
}
