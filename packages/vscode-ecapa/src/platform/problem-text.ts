import type { ErrorData } from '@ecapa/core';
import * as vscode from 'vscode';
import { ADVICE } from './advice.js';

interface Problem extends Pick<ErrorData, 'code' | 'message'> {
  readonly file?: string | undefined;
}

/**
 * What an error means to someone in front of VS Code, and what to do next, in the user's language, with the file's
 * name before it where there is one. Core's own words, which are for programs and terminals too, go to the log.
 */
export function problemText(problem: Problem): string {
  const advice = adviceOn(problem);
  if (advice === undefined) return problem.message;
  return problem.file === undefined
    ? capitalised(advice)
    : `${vscode.workspace.asRelativePath(problem.file)}: ${advice}`;
}

/** The same where the file's name stands already. */
export function problemOfFile(problem: Problem): string {
  return capitalised(adviceOn(problem) ?? problem.message.replace(/^.*?: /, ''));
}

/** What someone would do about it next, as a command with its title. */
export function remedyOf(problem: Pick<Problem, 'code'>): vscode.Command | undefined {
  switch (problem.code) {
    case 'HEAD_NOT_FOUND':
    case 'HEAD_INVALID':
    case 'HEAD_MODEL_MISMATCH':
      return { command: 'ecapa.switchHead', title: vscode.l10n.t('Switch head') };
    case 'MODEL_NOT_FOUND':
    case 'MODEL_INVALID':
      return { command: 'ecapa.selectModel', title: vscode.l10n.t('Select model') };
    default:
      return undefined;
  }
}

/** Of anything thrown. */
export function problemOfError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, file } = error as Partial<ErrorData> & Error;
  return problemText({ code: code as ErrorData['code'], message: error.message, file });
}

function adviceOn({ code, file }: Problem): string | undefined {
  return ADVICE[code]?.(vscode.l10n.t, file);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toLocaleUpperCase(vscode.env.language) + text.slice(1);
}
