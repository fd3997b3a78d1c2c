import * as vscode from 'vscode';

/**
 * What a command is meant for: the whole selection when the clicked file is part of it, as the Explorer does
 * it; the clicked one alone otherwise; and from the palette or a keyboard shortcut, the file in the active editor.
 */
export function selectedUris(
  clicked: vscode.Uri | undefined,
  selection: readonly vscode.Uri[] | undefined,
): readonly vscode.Uri[] {
  if (clicked === undefined) {
    const active = activeUri();
    return active === undefined ? [] : [active];
  }
  const isPart = selection?.some((uri) => uri.toString() === clicked.toString()) ?? false;
  return isPart && selection !== undefined ? selection : [clicked];
}

function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) return input.uri;
  return undefined;
}
