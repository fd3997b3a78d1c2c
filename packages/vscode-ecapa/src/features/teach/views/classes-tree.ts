import { basename } from 'node:path/posix';
import { clock } from '@ecapa/core/page';
import * as vscode from 'vscode';
import { plainText } from '../../../platform/shown-text.js';
import type { ClassClip, TaughtClass } from '../state/class-list.js';
import { clipKey } from '../state/class-list.js';
import type { ClassStore } from '../state/class-store.js';
import type { MissingClips } from '../state/missing-clips.js';

/** A row of the view: a class, or a clip of one. */
export type ClassNode =
  | { readonly kind: 'class'; readonly name: string }
  | { readonly kind: 'clip'; readonly className: string; readonly clip: ClassClip };

/** The tree of classes and their clips in the view `ecapa.classes`. */
export class ClassesTree implements vscode.TreeDataProvider<ClassNode> {
  readonly #classes: ClassStore;
  readonly #missing: MissingClips;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(classes: ClassStore, missing: MissingClips) {
    this.#classes = classes;
    this.#missing = missing;
    classes.onDidChange(() => this.#changed.fire(undefined));
    missing.onDidChange(() => this.#changed.fire(undefined));
  }

  async getChildren(parent?: ClassNode): Promise<ClassNode[]> {
    await this.#classes.load();
    if (parent === undefined) return this.#classes.list.map(({ name }) => ({ kind: 'class', name }));
    if (parent.kind === 'clip') return [];
    const clips = this.#find(parent.name)?.clips ?? [];
    return clips.map((clip) => ({ kind: 'clip', className: parent.name, clip }));
  }

  getTreeItem(node: ClassNode): vscode.TreeItem {
    return node.kind === 'class' ? this.#classItem(node.name) : this.#clipItem(node.className, node.clip);
  }

  #find(name: string): TaughtClass | undefined {
    return this.#classes.list.find((one) => one.name === name);
  }

  #classItem(name: string): vscode.TreeItem {
    const clips = this.#find(name)?.clips ?? [];
    const missing = clips.filter(({ uri }) => this.#missing.has(uri)).length;
    const item = new vscode.TreeItem(plainText(name), vscode.TreeItemCollapsibleState.Expanded);
    item.id = `class ${name}`;
    item.contextValue = 'ecapa.class';
    item.iconPath = new vscode.ThemeIcon('tag');
    item.description =
      missing > 0
        ? vscode.l10n.t('{0} clips, {1} missing', clips.length, missing)
        : clips.length === 1
          ? vscode.l10n.t('1 clip')
          : vscode.l10n.t('{0} clips', clips.length);
    return item;
  }

  #clipItem(className: string, clip: ClassClip): vscode.TreeItem {
    const uri = vscode.Uri.parse(clip.uri);
    const isMissing = this.#missing.has(clip.uri);
    const item = new vscode.TreeItem(plainText(basename(uri.path)));
    item.id = `clip ${className} ${clipKey(clip)}`;
    item.resourceUri = uri;
    item.contextValue = 'ecapa.clip';
    item.iconPath = new vscode.ThemeIcon(
      isMissing ? 'warning' : 'unmute',
      isMissing ? new vscode.ThemeColor('list.warningForeground') : undefined,
    );
    const path = vscode.workspace.asRelativePath(uri);
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const span = clip.span === undefined ? [] : [spanText(clip.span)];
    const parts = [...span, isMissing ? vscode.l10n.t('missing') : folder];
    item.description = plainText(parts.filter((part) => part !== '').join(' · '));
    item.tooltip = plainText(
      isMissing
        ? vscode.l10n.t('{0}: there is no such file any more. It is left out of training.', path)
        : path,
    );
    if (!isMissing) {
      item.command = {
        command: 'ecapa.openClip',
        title: vscode.l10n.t('Open'),
        arguments: [clip.uri, clip.span],
      };
    }
    return item;
  }
}

/** `1:05.20–1:07.00`, as clocks show it. */
export function spanText({ startSeconds, endSeconds }: NonNullable<ClassClip['span']>): string {
  return `${clock(startSeconds, 2)}–${clock(endSeconds, 2)}`;
}
