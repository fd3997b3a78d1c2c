import * as vscode from 'vscode';
import { iconText, plainText } from './shown-text.js';

/** An item as it is shown; icons come from `iconPath` alone. */
export function shownItem<Item extends vscode.QuickPickItem>(item: Item): Item {
  const { label, description, detail } = item;
  return {
    ...item,
    label: iconText(label),
    ...(description !== undefined && { description: iconText(description) }),
    ...(detail !== undefined && { detail: iconText(detail) }),
  };
}

/** Asks for one of some items; resolves with the item as it was given. */
export async function pickOne<Item extends vscode.QuickPickItem>(
  items: readonly Item[] | Thenable<readonly Item[]>,
  options: vscode.QuickPickOptions,
): Promise<Item | undefined> {
  const shown = (await items).map((item) => ({ ...shownItem(item), item }));
  const picked = await vscode.window.showQuickPick(shown, shownOptions(options));
  return picked?.item;
}

/** Asks for any number of items; undefined when the list was closed. */
export async function pickMany<Item extends vscode.QuickPickItem>(
  items: readonly Item[],
  options: vscode.QuickPickOptions,
): Promise<readonly Item[] | undefined> {
  const shown = items.map((item) => ({ ...shownItem(item), item }));
  const picked = await vscode.window.showQuickPick(shown, { ...shownOptions(options), canPickMany: true });
  return picked?.map(({ item }) => item);
}

function shownOptions({ title, placeHolder, ...options }: vscode.QuickPickOptions): vscode.QuickPickOptions {
  return {
    ...options,
    ...(title !== undefined && { title: plainText(title) }),
    ...(placeHolder !== undefined && { placeHolder: plainText(placeHolder) }),
  };
}
