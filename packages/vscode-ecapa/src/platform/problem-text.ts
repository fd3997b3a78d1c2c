import type { ErrorData } from '@ecapa/core';
import * as vscode from 'vscode';

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

/** Undefined where core's own words are the best there is: they name clips, fields or reasons that no rule foresees. */
function adviceOn({ code, file }: Problem): string | undefined {
  switch (code) {
    case 'FILE_NOT_FOUND':
      return vscode.l10n.t('the file is not there. Look whether it was moved, renamed or deleted.');
    case 'PERMISSION_DENIED':
      return vscode.l10n.t('you have no permission to read it. Change its permissions and try again.');
    case 'EMPTY_FILE':
      return vscode.l10n.t('the file is empty. Copy or record it again.');
    case 'NO_AUDIO_FILES':
      return vscode.l10n.t('there are no audio files in this folder. Put recordings into it, or remove it.');
    case 'NOT_AUDIO':
      return vscode.l10n.t('this is not audio, whatever its name says. Export it again, or leave it out.');
    case 'NO_AUDIO_STREAM':
      return vscode.l10n.t('it has no sound, only pictures or data. Choose a file with an audio track.');
    case 'NO_SAMPLES':
      return vscode.l10n.t('there is no sound in it. Record or export it again, or leave it out.');
    case 'TOO_SHORT':
      return vscode.l10n.t('it is too short to be judged. Use a longer recording.');
    case 'UNSUPPORTED_CODEC':
      return vscode.l10n.t(
        'there is no decoder for its audio here. Convert it to WAV, FLAC or MP3, or name an ffmpeg in the setting “ecapa.ffmpegPath”.',
      );
    case 'UNSUPPORTED_LAYOUT':
    case 'CORRUPT_AUDIO':
    case 'NON_FINITE_SAMPLES':
    case 'DECODER_FAILED':
      return vscode.l10n.t('its audio is damaged and cannot be decoded. Export or copy it again.');
    case 'DECODER_MISSING':
      return vscode.l10n.t(
        'the decoder does not start. Check the setting “ecapa.ffmpegPath”, or install the extension again.',
      );
    case 'MODEL_NOT_FOUND':
      return vscode.l10n.t(
        'the chosen model is not on this machine. Choose another one with “ECAPA: Select Model…”, or get it with “ECAPA: Pull Model…”.',
      );
    case 'MODEL_INVALID':
      return vscode.l10n.t(
        'the chosen model cannot be used, its files are damaged or are no model. Choose another one with “ECAPA: Select Model…”, or import or pull it again.',
      );
    case 'CHECKSUM_MISMATCH':
      return vscode.l10n.t(
        'the file was changed or damaged since it was made. Pull or import the model again, or train the head again.',
      );
    case 'HEAD_NOT_FOUND':
      if (file !== undefined)
        return vscode.l10n.t('the chosen head is not there. Choose another one with “ECAPA: Switch Head…”.');
      return vscode.l10n.t(
        'there is no head to give verdicts. Choose one with “ECAPA: Switch Head…”, or train one with “ECAPA: Train Head from Folders…”.',
      );
    case 'HEAD_INVALID':
      return vscode.l10n.t(
        'the chosen head cannot be used, its file is damaged or is no head. Choose another one with “ECAPA: Switch Head…”, or train it again.',
      );
    case 'HEAD_MODEL_MISMATCH':
      return vscode.l10n.t(
        'the chosen head belongs to another model. Choose a head of this model with “ECAPA: Switch Head…”, or the head’s own model with “ECAPA: Select Model…”.',
      );
    case 'TOO_FEW_CLIPS':
      return vscode.l10n.t('there is no clip to learn from. Give at least one per class, better five.');
    case 'TOO_FEW_CLASSES':
      return vscode.l10n.t(
        'a head tells at least two classes apart. Make a second one: a class with clips of its own, or a sub-folder named after it.',
      );
    case 'NOT_CONVERGED':
      return vscode.l10n.t('the training did not settle. Add clips, or take out those that fit no class.');
    case 'WRITE_FAILED':
      return vscode.l10n.t('it could not be written. Choose another name or place; the log says why.');
    case 'DISK_FULL':
      return vscode.l10n.t('the disk is full. Free some space and try again.');
    case 'RUNTIME_UNAVAILABLE':
      return vscode.l10n.t(
        'no inference runtime loads on this machine. Set “ecapa.runtime” to “auto”, or install the extension again; the log says why.',
      );
    case 'INFERENCE_FAILED':
      return vscode.l10n.t('the model failed on it. Try again, or choose another model; the log says why.');
    case 'WORKER_CRASHED':
      return vscode.l10n.t(
        'the process at work on it ended, perhaps for want of memory. Try again; fewer “ecapa.workers” need less memory.',
      );
    default:
      return undefined;
  }
}

function capitalised(text: string): string {
  return text.slice(0, 1).toLocaleUpperCase(vscode.env.language) + text.slice(1);
}
