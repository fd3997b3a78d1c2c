import * as vscode from 'vscode';
import { TIMELINE_VIEW } from '../../../platform/view-types.js';
import type { ClipSpan } from '../state/class-list.js';

/**
 * Opens a clip where it can be heard: in the timeline, at the stretch that it is of the recording, and in whatever the
 * editor has for it otherwise.
 */
export async function openClip(
  { lookAt }: { readonly lookAt: (file: vscode.Uri, span: ClipSpan) => void },
  uri: string,
  span?: ClipSpan | null,
): Promise<void> {
  const file = vscode.Uri.parse(uri);
  try {
    await vscode.commands.executeCommand('vscode.openWith', file, TIMELINE_VIEW);
    if (span) lookAt(file, span);
  } catch {
    await vscode.commands.executeCommand('vscode.open', file);
  }
}
