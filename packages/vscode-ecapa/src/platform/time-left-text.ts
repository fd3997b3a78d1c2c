import * as vscode from 'vscode';
import { roundedTimeLeft } from './time-left.js';

/** `3 min left` */
export function timeLeftText(seconds: number): string {
  const { unit, count } = roundedTimeLeft(seconds);
  if (unit === 's') return vscode.l10n.t('{0} s left', count);
  return unit === 'min' ? vscode.l10n.t('{0} min left', count) : vscode.l10n.t('{0} h left', count);
}
