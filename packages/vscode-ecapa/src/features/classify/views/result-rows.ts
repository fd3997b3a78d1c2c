import type * as vscode from 'vscode';
import type { FileRows } from '../../../platform/file-rows.js';
import { isResultNode, type ResultNode, urisOfNodes } from './result-nodes.js';

/** The rows of the results, for commands that take files from them. */
export function resultRows(view: Pick<vscode.TreeView<ResultNode>, 'selection'>): FileRows {
  return {
    isRow: isResultNode,
    urisOf: (rows) => urisOfNodes(rows.filter(isResultNode)),
    get selectedUris() {
      return urisOfNodes(view.selection);
    },
  };
}
