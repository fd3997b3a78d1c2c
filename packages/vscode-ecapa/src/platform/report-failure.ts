import * as vscode from 'vscode';
import { loadCore } from './core.js';
import { showError } from './notifications.js';
import { problemOfError, remedyOf } from './problem-text.js';

/** Shows what went wrong with a command, in a message that is not waited for; being cancelled is no failure. */
export async function reportFailure(
  log: vscode.LogOutputChannel,
  what: string,
  error: unknown,
): Promise<void> {
  const core = await loadCore().catch(() => undefined); // that may be what went wrong
  const ours = core?.isEcapaError(error) ? error : undefined;
  if (ours?.code === 'CANCELLED') {
    log.info(`${what}: cancelled`);
    return;
  }
  log.error(
    ours !== undefined
      ? `${what}: ${ours.code}: ${ours.message}`
      : error instanceof Error
        ? error
        : String(error),
  );
  const showLog = vscode.l10n.t('Show Log');
  const remedy = ours && remedyOf(ours);
  const actions = remedy === undefined ? [showLog] : [remedy.title, showLog];
  void showError(`${what}: ${problemOfError(error)}`, ...actions).then((answer) => {
    if (answer === showLog) log.show();
    else if (answer !== undefined && remedy !== undefined)
      void vscode.commands.executeCommand(remedy.command);
  });
}

/** Begins what nobody waits for, such as the answer to a message: a failure is shown, or nobody would know. */
export function begin(log: vscode.LogOutputChannel, what: string, work: () => unknown): void {
  const run = async (): Promise<void> => {
    await work();
  };
  void run().catch((error: unknown) => reportFailure(log, what, error));
}
