import type * as vscode from 'vscode';
import type { Engine } from '../../../platform/engine/engine.js';
import type { FileRows } from '../../../platform/file-rows.js';
import type { ResultNode } from '../views/result-nodes.js';
import type { ResultsTree } from '../views/results-tree.js';
import type { ArrangementChoice } from './arrangement-choice.js';
import type { ResultStore } from './result-store.js';
import type { Runs } from './runs.js';

/** What the commands on results work with. */
export interface ResultsServices {
  readonly engine: Engine;
  readonly store: ResultStore;
  readonly log: vscode.LogOutputChannel;
  readonly runs: Runs;
  readonly arrangement: ArrangementChoice;
  readonly tree: ResultsTree;
  readonly view: vscode.TreeView<ResultNode>;
  readonly rows: FileRows;
}
