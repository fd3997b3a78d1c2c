import type { Facet } from '../state/arrangement.js';

/** A row of the results. Rows live as long as what they stand for: VS Code knows them by identity. */
export type ResultNode = FileNode | GroupNode | MoreNode;

export interface FileNode {
  readonly kind: 'file';
  /** The file's `Uri.toString()`. */
  readonly uri: string;
  parent: GroupNode | undefined;
}

export interface GroupNode {
  readonly kind: 'group';
  /** URI of a folder, or a facet. */
  readonly key: string;
  uris: readonly string[];
  counts: ReadonlyMap<Facet, number>;
  /** So many of its files are shown. */
  shown: number;
  readonly more: MoreNode;
}

/** Shows more of its group. */
export interface MoreNode {
  readonly kind: 'more';
  group: GroupNode | undefined;
}

/** URIs behind rows: a group stands for all its files. Each comes once. */
export function urisOfNodes(nodes: readonly ResultNode[]): string[] {
  return [
    ...new Set(
      nodes.flatMap((node) => {
        if (node.kind === 'file') return [node.uri];
        return node.kind === 'group' ? node.uris : [];
      }),
    ),
  ];
}

export function isResultNode(value: unknown): value is ResultNode {
  const { kind } = Object(value) as Partial<ResultNode>;
  return kind === 'file' || kind === 'group' || kind === 'more';
}
