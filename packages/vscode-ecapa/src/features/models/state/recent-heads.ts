import type * as vscode from 'vscode';

const KEY = 'recentHeads';
const MOST = 10;

/** Paths of head files that were used on this machine, the latest first. */
export function recentHeads({ globalState }: vscode.ExtensionContext): readonly string[] {
  const kept = globalState.get<unknown>(KEY);
  return Array.isArray(kept) ? kept.filter((path) => typeof path === 'string') : [];
}

export async function rememberHead(context: vscode.ExtensionContext, path: string): Promise<void> {
  const others = recentHeads(context).filter((one) => one !== path);
  await context.globalState.update(KEY, [path, ...others].slice(0, MOST));
}
