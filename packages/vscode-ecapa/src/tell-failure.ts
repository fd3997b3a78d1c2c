import * as vscode from 'vscode';
import { loadCore } from './core.js';
import { problemOfError } from './problem-text.js';

/** Tells of what went wrong with a command, in a message that is not waited for; being cancelled is no failure. */
export async function tellFailure(log: vscode.LogOutputChannel, what: string, error: unknown): Promise<void> {
  const { isEcapaError } = await loadCore();
  if (isEcapaError(error) && error.code === 'CANCELLED') {
    log.info(`${what}: cancelled`);
    return;
  }
  const reason = error instanceof Error ? error.message : String(error);
  log.error(error instanceof Error && !isEcapaError(error) ? error : `${what}: ${reason}`);
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(`${what}: ${problemOfError(error)}`, showLog).then((answer) => {
    if (answer === showLog) log.show();
  });
}
