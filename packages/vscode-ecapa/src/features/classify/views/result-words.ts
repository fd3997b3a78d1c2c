import type { Staleness } from '@ecapa/core/host';
import * as vscode from 'vscode';
import { isContains } from '../state/arrangement.js';

export function stalenessText(staleness: Staleness): string {
  switch (staleness) {
    case 'file':
      return vscode.l10n.t('stale: the file has changed');
    case 'model':
      return vscode.l10n.t('stale: another model');
    case 'head':
      return vscode.l10n.t('stale: another head');
  }
}

/** Name of a facet: labels are the head's own words. */
export function facetName(facet: string): string {
  if (facet.startsWith('label:')) return facet.slice('label:'.length);
  if (isContains(facet)) return vscode.l10n.t('contains {0}', facet.slice('contains:'.length));
  if (facet === 'failed') return vscode.l10n.t('failed');
  return facet === 'stale' ? vscode.l10n.t('stale') : vscode.l10n.t('waiting');
}
