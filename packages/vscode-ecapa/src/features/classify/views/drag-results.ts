import * as vscode from 'vscode';
import { type ResultNode, urisOfNodes } from './result-nodes.js';

const URI_LIST = 'text/uri-list';

/** Rows can be dragged as the files they stand for: into a class, an editor, the Explorer. */
export class DragResults implements vscode.TreeDragAndDropController<ResultNode> {
  readonly dragMimeTypes = [URI_LIST];
  readonly dropMimeTypes = [];

  handleDrag(nodes: readonly ResultNode[], data: vscode.DataTransfer): void {
    data.set(URI_LIST, new vscode.DataTransferItem(urisOfNodes(nodes).join('\r\n')));
  }
}
