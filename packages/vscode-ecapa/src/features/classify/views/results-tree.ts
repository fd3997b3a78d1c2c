import * as vscode from 'vscode';
import { arrange, type Group } from '../state/arrangement.js';
import type { ArrangementChoice } from '../state/arrangement-choice.js';
import type { ResultStore } from '../state/result-store.js';
import { fileItem, groupItem, moreItem, tooltipOf } from './result-item.js';
import type { FileNode, GroupNode, ResultNode } from './result-nodes.js';

/** So many rows of a group are shown at first, and with each "more": VS Code asks for every row it may draw. */
const PAGE = 500;
/** While results come in, the view follows them so often, and less often the more there are to be put in order. */
const REFRESH_MS = 400;
const REFRESH_MS_PER_RESULT = 0.3;

/** The rows of the view `ecapa.results`. */
export class ResultsTree implements vscode.TreeDataProvider<ResultNode>, vscode.Disposable {
  readonly #store: ResultStore;
  readonly #choice: ArrangementChoice;
  readonly #changed = new vscode.EventEmitter<ResultNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #arranged = new vscode.EventEmitter<void>();
  /** `shownUris` or `count` has changed. */
  readonly onDidArrange = this.#arranged.event;
  readonly #subscriptions: vscode.Disposable[];
  readonly #files = new Map<string, FileNode>();
  #groups: GroupNode[] = [];
  #isFlat = false;
  /** URIs whose rows must be drawn anew; undefined: all of them. */
  #dirty: Set<string> | undefined = undefined;
  #refreshing: NodeJS.Timeout | undefined;
  #isVisible = false;

  constructor(store: ResultStore, choice: ArrangementChoice) {
    this.#store = store;
    this.#choice = choice;
    this.#subscriptions = [
      store.onDidChange((uris) => {
        for (const uri of uris) this.#dirty?.add(uri);
        this.#refreshSoon();
      }),
      choice.onDidChange(() => {
        this.#dirty = undefined;
        this.refresh();
      }),
    ];
    this.#build();
  }

  /** All URIs that the filter lets through, in the order shown. */
  shownUris(): string[] {
    return this.#groups.flatMap(({ uris }) => uris);
  }

  /** The row of a file that has been asked for by VS Code. */
  rowOf(uri: string): ResultNode | undefined {
    return this.#files.get(uri);
  }

  /** A view that nobody sees is not kept up to date, but is when it is looked at again. */
  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    // At once: rows are read from the store as it is now, and their headings' counts must not lag behind.
    if (isVisible && this.#dirty?.size !== 0) this.refresh();
  }

  showMore(group: GroupNode): void {
    group.shown += PAGE;
    this.#changed.fire(this.#isFlat ? undefined : [group]);
  }

  getChildren(node?: ResultNode): ResultNode[] {
    if (node === undefined) {
      const [only] = this.#groups;
      if (!this.#isFlat) return this.#groups;
      return only === undefined ? [] : this.#rows(only);
    }
    return node.kind === 'group' ? this.#rows(node) : [];
  }

  getParent(node: ResultNode): ResultNode | undefined {
    if (node.kind === 'group' || this.#isFlat) return undefined;
    return node.kind === 'file' ? node.parent : node.group;
  }

  getTreeItem(node: ResultNode): vscode.TreeItem {
    if (node.kind === 'more') return moreItem(node);
    return node.kind === 'group'
      ? groupItem(node, this.#isOpenAtFirst())
      : fileItem(node.uri, this.#store.get(node.uri), this.#choice.current.grouping !== 'folder');
  }

  /** VS Code asks for all rows of all groups that are open: of very many, it is to ask for some. */
  #isOpenAtFirst(): boolean {
    return this.#store.size <= PAGE || this.#groups.length === 1;
  }

  /** The tooltip is made for the one row that is pointed at. */
  resolveTreeItem(item: vscode.TreeItem, node: ResultNode): vscode.TreeItem {
    if (node.kind === 'file') item.tooltip = tooltipOf(node.uri, this.#store.get(node.uri));
    return item;
  }

  /** Brings rows up to date with the store at once, and passes VS Code no more than what changed. */
  refresh(): void {
    clearTimeout(this.#refreshing);
    this.#refreshing = undefined;
    const before = new Map(
      this.#groups.map((group) => [
        group,
        { shown: group.uris.slice(0, group.shown), counts: countsText(group) },
      ]),
    );
    const wasFlat = this.#isFlat;
    const dirty = this.#dirty;
    this.#build();
    this.#dirty = new Set();
    this.#arranged.fire();
    const isSameShape =
      dirty !== undefined &&
      wasFlat === this.#isFlat &&
      before.size === this.#groups.length &&
      this.#groups.every((group) => before.has(group));
    if (!isSameShape) {
      this.#changed.fire(undefined);
      return;
    }
    const changed: ResultNode[] = [];
    for (const group of this.#groups) {
      const shown = group.uris.slice(0, group.shown);
      const old = before.get(group);
      const isSameOrder = shown.length === old?.shown.length && shown.every((uri, i) => uri === old.shown[i]);
      if (!isSameOrder || (!this.#isFlat && countsText(group) !== old?.counts)) {
        if (this.#isFlat) {
          this.#changed.fire(undefined);
          return;
        }
        changed.push(group);
      } else changed.push(...shown.flatMap((uri) => (dirty.has(uri) ? (this.#files.get(uri) ?? []) : [])));
    }
    if (changed.length > 0) this.#changed.fire(changed);
  }

  dispose(): void {
    clearTimeout(this.#refreshing);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
    this.#arranged.dispose();
  }

  #refreshSoon(): void {
    // Whether there are rows at all, VS Code must know to show the welcome.
    if (!this.#isVisible && this.#groups.length > 0 && this.#store.size > 0) return;
    const after = REFRESH_MS + REFRESH_MS_PER_RESULT * this.#store.size;
    this.#refreshing ??= setTimeout(() => this.refresh(), after);
  }

  #build(): void {
    const arrangement = this.#choice.current;
    const known = new Map(this.#groups.map((group) => [group.key, group]));
    this.#isFlat = arrangement.grouping === 'none';
    this.#groups = arrange(this.#store.all(), arrangement).map((group) => {
      const node = known.get(group.key);
      return node === undefined
        ? newGroup(group)
        : Object.assign(node, { uris: group.uris, counts: group.counts });
    });
    if (this.#files.size > 2 * this.#store.size + PAGE)
      for (const uri of this.#files.keys()) if (this.#store.get(uri) === undefined) this.#files.delete(uri);
  }

  #rows(group: GroupNode): ResultNode[] {
    const files = group.uris.slice(0, group.shown).map((uri) => {
      let file = this.#files.get(uri);
      if (file === undefined) {
        file = { kind: 'file', uri, parent: group };
        this.#files.set(uri, file);
      }
      file.parent = group;
      return file;
    });
    return group.uris.length > group.shown ? [...files, group.more] : files;
  }
}

function countsText({ counts, uris }: GroupNode): string {
  return JSON.stringify([uris.length, ...counts]);
}

function newGroup({ key, uris, counts }: Group): GroupNode {
  const node: GroupNode = {
    kind: 'group',
    key,
    uris,
    counts,
    shown: PAGE,
    more: { kind: 'more', group: undefined },
  };
  node.more.group = node;
  return node;
}
