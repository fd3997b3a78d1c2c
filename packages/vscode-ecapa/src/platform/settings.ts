import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { showWarning } from './notifications.js';
import { settingPath } from './setting-paths.js';
import {
  checkedSetting,
  type Expected,
  type LabelFileKind,
  type RUNTIMES,
  SETTING_RULES,
  type SettingName,
  type SettingValue,
} from './setting-rules.js';

/** The user's settings, checked and with their defaults filled in. Read anew whenever they are needed. */
export interface Settings {
  /** Id or folder of the embedding model; absent for the embedded one. */
  readonly model: string | undefined;
  /** Id or file of the head; absent for the model's own. */
  readonly head: string | undefined;
  readonly workers: number;
  readonly ffmpegPath: string | undefined;
  /** What computes: the native library, WebAssembly, or whichever loads. */
  readonly runtime: (typeof RUNTIMES)[number];
  /** In lower case, with their dots. */
  readonly extraExtensions: readonly string[];
  readonly decorations: boolean;
  readonly remoteFileLimitBytes: number;
  /** Address of another server for downloads. */
  readonly mirror: string | undefined;
  /** Where labels are saved. */
  readonly labelFile: LabelFileKind;
}

/** The section that all settings stand under. */
export const SECTION = 'ecapa';

/** Values that the user has been warned of: once each, not each time they are read. */
const warned = new Set<string>();

/** Never throws: a value that a setting cannot have counts as its default, and the user is warned of it once. */
export function readSettings(): Settings {
  const workers = read('workers');
  return {
    model: located(read('model')),
    head: located(read('head')),
    workers: workers > 0 ? workers : Math.max(1, availableParallelism() - 1),
    ffmpegPath: read('ffmpegPath') || undefined,
    runtime: read('runtime'),
    extraExtensions: read('extraExtensions'),
    decorations: read('decorations.enabled'),
    remoteFileLimitBytes: read('remoteFileLimitMegabytes') * 1024 * 1024,
    mirror: read('mirror') || undefined,
    labelFile: read('labels.file'),
  };
}

function read<Name extends SettingName>(name: Name): SettingValue<Name> {
  const given = vscode.workspace.getConfiguration(SECTION).get<unknown>(name);
  const { value, isValid } = checkedSetting(name, given);
  if (!isValid) warn(name, given);
  return value;
}

function warn(name: SettingName, value: unknown): void {
  const key = `${name} ${JSON.stringify(value)?.slice(0, 200)}`;
  if (warned.has(key)) return;
  warned.add(key);
  const setting = `${SECTION}.${name}`;
  const open = vscode.l10n.t('Open Settings');
  const message = vscode.l10n.t(
    'The setting “{0}” is ignored: {1}',
    setting,
    requirement(SETTING_RULES[name].expected),
  );
  void showWarning(message, open).then((answer) => {
    if (answer === open) void vscode.commands.executeCommand('workbench.action.openSettings', setting);
  });
}

function requirement(expected: Expected): string {
  switch (expected) {
    case 'text':
      return vscode.l10n.t('it must be text on one line.');
    case 'count':
      return vscode.l10n.t('it must be a whole number within its bounds.');
    case 'flag':
      return vscode.l10n.t('it must be true or false.');
    case 'extensions':
      return vscode.l10n.t('it must be a list of file name extensions, such as [".raw"].');
    case 'choice':
      return vscode.l10n.t('it must be one of the values that the settings offer.');
    case 'address':
      return vscode.l10n.t('it must be an address that begins with https:// or http://.');
  }
}

function located(name: string): string | undefined {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return settingPath(
    name,
    folders.map((folder) => ({ name: folder.name, path: folder.uri.fsPath })),
  );
}
