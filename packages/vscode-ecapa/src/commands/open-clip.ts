import * as vscode from 'vscode';
import { TIMELINE } from './open-result.js';

/** Opens a clip where it can be heard: in the timeline, and in whatever the editor has for it otherwise. */
export async function openClip(uri: string): Promise<void> {
  const file = vscode.Uri.parse(uri);
  try {
    await vscode.commands.executeCommand('vscode.openWith', file, TIMELINE);
  } catch {
    await vscode.commands.executeCommand('vscode.open', file);
  }
}
