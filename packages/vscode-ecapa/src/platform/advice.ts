import type { ErrorCode } from '@ecapa/core';
import type { l10n } from 'vscode';

/** What an error means and what to do next, in the user's language. `file`: the one that it is about. */
type Advice = (t: typeof l10n.t, file: string | undefined) => string;

const damaged: Advice = (t) => t('its audio is damaged and cannot be decoded. Export or copy it again.');

/** Codes that are not here have no advice: core's own words name clips, fields or reasons that no rule foresees. */
export const ADVICE: Readonly<Partial<Record<ErrorCode, Advice>>> = {
  FILE_NOT_FOUND: (t) => t('the file is not there. Look whether it was moved, renamed or deleted.'),
  PERMISSION_DENIED: (t) => t('you have no permission to read it. Change its permissions and try again.'),
  EMPTY_FILE: (t) => t('the file is empty. Copy or record it again.'),
  NO_AUDIO_FILES: (t) => t('there are no audio files in this folder. Put recordings into it, or remove it.'),
  NOT_AUDIO: (t) => t('this is not audio, whatever its name says. Export it again, or leave it out.'),
  NO_AUDIO_STREAM: (t) => t('it has no sound, only pictures or data. Choose a file with an audio track.'),
  NO_SAMPLES: (t) => t('there is no sound in it. Record or export it again, or leave it out.'),
  TOO_SHORT: (t) => t('it is too short to be judged. Use a longer recording.'),
  UNSUPPORTED_CODEC: (t) =>
    t(
      'there is no decoder for its audio here. Convert it to WAV, FLAC or MP3, or name an ffmpeg in the setting “ecapa.ffmpegPath”.',
    ),
  UNSUPPORTED_LAYOUT: damaged,
  CORRUPT_AUDIO: damaged,
  NON_FINITE_SAMPLES: damaged,
  DECODER_FAILED: damaged,
  DECODER_MISSING: (t) =>
    t('the decoder does not start. Check the setting “ecapa.ffmpegPath”, or install the extension again.'),
  MODEL_NOT_FOUND: (t) =>
    t(
      'the chosen model is not on this machine. Choose another one with “ECAPA: Select Model…”, or get it with “ECAPA: Pull Model…”.',
    ),
  MODEL_INVALID: (t) =>
    t(
      'the chosen model cannot be used, its files are damaged or are no model. Choose another one with “ECAPA: Select Model…”, or import or pull it again.',
    ),
  CHECKSUM_MISMATCH: (t) =>
    t(
      'the file was changed or damaged since it was made. Pull or import the model again, or train the head again.',
    ),
  HEAD_NOT_FOUND: (t, file) =>
    file === undefined
      ? t(
          'there is no head to give verdicts. Choose one with “ECAPA: Switch Head…”, or train one with “ECAPA: Train Head from Folders…”.',
        )
      : t('the chosen head is not there. Choose another one with “ECAPA: Switch Head…”.'),
  HEAD_INVALID: (t) =>
    t(
      'the chosen head cannot be used, its file is damaged or is no head. Choose another one with “ECAPA: Switch Head…”, or train it again.',
    ),
  HEAD_MODEL_MISMATCH: (t) =>
    t(
      'the chosen head belongs to another model. Choose a head of this model with “ECAPA: Switch Head…”, or the head’s own model with “ECAPA: Select Model…”.',
    ),
  TOO_FEW_CLIPS: (t) => t('there is no clip to learn from. Give at least one per class, better five.'),
  TOO_FEW_CLASSES: (t) =>
    t(
      'a head tells at least two classes apart. Make a second one: a class with clips of its own, or a sub-folder named after it.',
    ),
  NOT_CONVERGED: (t) => t('the training did not settle. Add clips, or take out those that fit no class.'),
  WRITE_FAILED: (t) => t('it could not be written. Choose another name or place; the log says why.'),
  DISK_FULL: (t) => t('the disk is full. Free some space and try again.'),
  RUNTIME_UNAVAILABLE: (t) =>
    t(
      'no inference runtime loads on this machine. Set “ecapa.runtime” to “auto”, or install the extension again; the log says why.',
    ),
  INFERENCE_FAILED: (t) => t('the model failed on it. Try again, or choose another model; the log says why.'),
  WORKER_CRASHED: (t) =>
    t(
      'the process at work on it ended, perhaps for want of memory. Try again; fewer “ecapa.workers” need less memory.',
    ),
};
