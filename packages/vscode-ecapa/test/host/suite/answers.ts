import * as vscode from 'vscode';

type Ask = 'showWarningMessage' | 'showInformationMessage' | 'showErrorMessage';

/**
 * Answers the messages of one kind in the user's place while `run` goes on, and gives what was asked. Only code that
 * a test calls directly is reached: the extension has a `vscode` of its own.
 */
export async function answering(
  ask: Ask,
  answer: string | undefined,
  run: (asked: readonly string[]) => Promise<void>,
): Promise<string[]> {
  const asked: string[] = [];
  const { window } = vscode;
  const own = window[ask];
  const answered = (message: string): Promise<string | undefined> => {
    asked.push(message);
    return Promise.resolve(answer);
  };
  Object.assign(window, { [ask]: answered });
  try {
    await run(asked);
  } finally {
    Object.assign(window, { [ask]: own });
  }
  return asked;
}
