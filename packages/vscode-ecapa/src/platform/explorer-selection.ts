import { randomUUID } from 'node:crypto';
import type { Clipboard } from 'vscode';

/**
 * VS Code has no API for what is selected in the Explorer, but its own "Copy Path", which is `copy`, does:
 * gives the paths. The text on the clipboard is put back. None where the clipboard may not be read, as in some browsers.
 */
export async function copiedPaths(
  clipboard: Pick<Clipboard, 'readText' | 'writeText'>,
  copy: () => Thenable<unknown>,
): Promise<readonly string[]> {
  const before = await clipboard.readText().then(
    (text) => text,
    () => undefined,
  );
  if (before === undefined) return [];
  // What was there may be the very path that is selected. Where there is no text, nothing is written: it may be a picture.
  const mark = before === '' ? '' : `ecapa ${randomUUID()}`;
  try {
    if (mark !== '') await clipboard.writeText(mark);
    await copy();
    const copied = await clipboard.readText();
    return copied === mark ? [] : copied.split(/\r?\n/).filter((path) => path !== '');
  } finally {
    if (before !== '') await clipboard.writeText(before);
  }
}
