import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TimelineSession } from '../../../src/features/timeline/session.js';
import { extension, freshFolder, until as untilWithin } from './workspace.js';

/** A busy machine is no failure. */
const PATIENCE_SECONDS = 300;

export function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  return untilWithin(what, holds, PATIENCE_SECONDS);
}

/** For a suite of timelines: a folder in the workspace for its recordings; no timeline stays open after a test. */
export function useTimelines(suite: Mocha.Suite, name: string, onReady: (folder: string) => void): void {
  suite.timeout(1000 * PATIENCE_SECONDS);
  before(() => onReady(freshFolder(name)));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const { exports } = await extension();
    await until('no open timeline', () => exports.timelines.editors.openCount === 0);
  });
}

export async function open(uri: vscode.Uri): Promise<TimelineSession> {
  const { exports } = await extension();
  await vscode.commands.executeCommand('vscode.openWith', uri, 'ecapa.timeline');
  await until('the timeline editor', () => exports.timelines.editors.get(uri) !== undefined);
  const session = exports.timelines.editors.get(uri);
  assert.ok(session);
  return session;
}

export async function opened(uri: vscode.Uri): Promise<TimelineSession> {
  const session = await open(uri);
  await until('the end of the analysis', () => !['starting', 'running'].includes(session.status.state));
  return session;
}
