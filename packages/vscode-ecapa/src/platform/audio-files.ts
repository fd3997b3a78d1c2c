import { extname } from 'node:path';
import { eventLoopYielder } from '@ecapa/core/host';
import * as vscode from 'vscode';
import { readSettings } from './settings.js';

/**
 * Extensions that the Explorer's menu is offered for, as in `package.json`. Core's own list, without those
 * of MPEG transport streams, which in an editor belong to TypeScript. A test holds the three lists together.
 */
export const EXPLORER_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    'wav wave w64 rf64 bwf mp3 mp2 mp1 mpga ogg oga ogx ogv opus spx flac aac adts latm loas m4a m4b m4p ' +
    'm4r mp4 mp4a m4v mov 3gp 3g2 f4a f4v aax mka mkv webm weba aif aiff aifc caf caff wma wmv xwma asf ' +
    'avi flv amr awb au snd ac3 eac3 dts wv ape tta tak mpc dsf dff iff m2t m2ts mpg mpeg vob gsm alac ' +
    'voc'
  )
    .split(' ')
    .map((extension) => `.${extension}`),
);

export function isAudioFile(uri: vscode.Uri, extra = readSettings().extraExtensions): boolean {
  return hasAudioExtension(uri.path, extra);
}

function hasAudioExtension(path: string, extra: readonly string[]): boolean {
  const extension = extname(path).toLowerCase();
  return EXPLORER_EXTENSIONS.has(extension) || extra.includes(extension);
}

/** Ends the name of folders that pieces of recordings are cut into: they are no recordings of their own. */
export const PIECES_SUFFIX = '.pieces';

/**
 * The audio behind what was selected: files stand for themselves, folders for the audio in them and below.
 * Links to folders are not followed, so loops end; each file comes once, in alphabetical order within its
 * folder. Folders that cannot be read are passed to `onUnreadable` and left out.
 */
export async function findAudio(
  selected: readonly vscode.Uri[],
  token: vscode.CancellationToken,
  onUnreadable: (folder: vscode.Uri, error: unknown) => void,
): Promise<vscode.Uri[]> {
  const extra = readSettings().extraExtensions;
  const found = new Map<string, vscode.Uri>();
  const yieldToEventLoop = eventLoopYielder();
  for (const uri of selected) {
    const { type } = await vscode.workspace.fs.stat(uri).then(
      (stat) => stat,
      () => ({ type: vscode.FileType.File }), // its error is shown when it is read
    );
    if ((type & vscode.FileType.Directory) === 0) found.set(uri.toString(), uri);
    else await collect(uri);
  }
  return [...found.values()];

  async function collect(folder: vscode.Uri): Promise<void> {
    if (token.isCancellationRequested) return;
    let entries: [string, vscode.FileType][];
    try {
      entries = await vscode.workspace.fs.readDirectory(folder);
    } catch (error) {
      onUnreadable(folder, error);
      return;
    }
    for (const [name, type] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (token.isCancellationRequested) return;
      await yieldToEventLoop();
      const isLink = (type & vscode.FileType.SymbolicLink) !== 0;
      if ((type & vscode.FileType.Directory) !== 0) {
        if (!isLink && name !== '.git' && name !== 'node_modules' && !name.endsWith(PIECES_SUFFIX))
          await collect(vscode.Uri.joinPath(folder, name));
      } else if (hasAudioExtension(name, extra)) {
        const uri = vscode.Uri.joinPath(folder, name);
        found.set(uri.toString(), uri);
      }
    }
  }
}
