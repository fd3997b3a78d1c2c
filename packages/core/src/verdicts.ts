/**
 * What a program needs that only asks for verdicts. It loads in a third of the time that everything takes, which is
 * noticeable when one file is classified.
 */

export { PACKAGE_DIRECTORY_VARIABLE, setPackageDirectory } from './assets.js';
export type { AudioInfo, AudioTrack, ChannelChoice, TrackChoice } from './audio/audio-source.js';
export { AUDIO_EXTENSIONS, type FoundFile, findAudioFiles, walkAudioFiles } from './audio/find.js';
export {
  Classifier,
  type ClassifierOptions,
  type ClassifyJobOptions,
  type JobOptions,
  type OfChannel,
  type TimelineJobOptions,
} from './engine/classifier.js';
export type { AudioInput, PcmInput, PcmStreamInput } from './engine/input.js';
export type {
  AudioFacts,
  ClassifyResult,
  EmbedResult,
  TimelineEvent,
  TimelineSummary,
  Timings,
} from './engine/results.js';
export {
  EcapaError,
  type EcapaErrorOptions,
  ERROR_CODES,
  type ErrorCode,
  type ErrorData,
  fromErrorData,
  isEcapaError,
  isFatal,
  toErrorData,
} from './errors.js';
export {
  hashFile,
  makeFolder,
  type ReadErrorOptions,
  type ReadFileOptions,
  readError,
  readRegularFile,
  sha256Of,
  temporarySibling,
  writeError,
  writeFileAtomically,
} from './files.js';
export { isRuntimeChoice, RUNTIME_VARIABLE, type RuntimeChoice } from './model/session/runtime-choice.js';
export type { RuntimeInfo, RuntimeName, RuntimeReasonCode } from './model/session/session.js';
export { isHttpAddress, type RemoteAudioOptions, remoteAudio } from './net/remote-audio.js';
export { OUTPUT_VERSION } from './output-version.js';
export { failureToJson, type PrintedVerdict, verdictToJson } from './reports/verdict-json.js';
export type { Head } from './types.js';
