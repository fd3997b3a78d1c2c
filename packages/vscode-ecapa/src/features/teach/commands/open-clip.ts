import * as vscode from 'vscode';
import { TIMELINE } from '../../classify/commands/open-result.js';
import type { TimelineEditors } from '../../timeline/editor-provider.js';
import type { Stretch } from '../../timeline/shown-timeline.js';

/**
 * Opens a clip where it can be heard: in the timeline, at the stretch that it is of the recording, and in whatever the
 * editor has for it otherwise.
 */
export async function openClip(
  { editors }: { readonly editors: Pick<TimelineEditors, 'get'> },
  uri: string,
  span?: Stretch | null,
): Promise<void> {
  const file = vscode.Uri.parse(uri);
  try {
    await vscode.commands.executeCommand('vscode.openWith', file, TIMELINE);
    if (span) editors.get(file)?.lookAt(span);
  } catch {
    await vscode.commands.executeCommand('vscode.open', file);
  }
}
