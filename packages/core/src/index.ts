/** Classify and embed audio: the engine, decoding, models, heads, and the errors that all of it throws. */
export { PACKAGE_DIRECTORY_VARIABLE, setPackageDirectory } from './assets.js';
export type {
  AudioBlock,
  AudioInfo,
  AudioTrack,
  ChannelChoice,
  DecodeOptions,
  TrackChoice,
} from './audio/audio-source.js';
export { type Decoding, decodeBlocks, decodeMono16k } from './audio/decode.js';
export { AUDIO_EXTENSIONS, type FoundFile, findAudioFiles, walkAudioFiles } from './audio/find.js';
export { MpegSegmenter } from './audio/mpeg-segments.js';
export { plainlyNotPcm } from './audio/not-pcm.js';
export { SNIFF_BYTES } from './audio/sniff.js';
export { wavHeader } from './audio/wav-writer.js';
export { Classifier, type OfChannel } from './engine/classifier.js';
export type {
  ClassifierOptions,
  ClassifyJobOptions,
  JobOptions,
  TimelineJobOptions,
} from './engine/classifier-options.js';
export { type Diagnosis, diagnose } from './engine/diagnose.js';
export type { AudioInput, ByteStreamInput, PcmInput, PcmStreamInput } from './engine/input.js';
export type { QueuePolicy } from './engine/job-queue.js';
export type { PoolStats } from './engine/pool.js';
export type { ModelSummary, PcmSamples } from './engine/protocol.js';
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
export { loadHead, parseHead } from './heads/file/head-file.js';
export { HEARING_RULES, type Heard, type HearingRule, isHeard } from './heads/heard.js';
export { checkModel, predict } from './heads/predict.js';
export { predictPresence } from './heads/presence.js';
export { loadModelDirectory, loadModelInfo, type ModelInfo, type Quantization } from './model/model-file.js';
export { isRuntimeChoice, type RuntimeChoice } from './model/session/runtime-choice.js';
export type { RuntimeInfo, RuntimeName } from './model/session/session.js';
export {
  cacheDirectory,
  cachedModelDirectory,
  describeModel,
  loadEmbeddedManifest,
  locateHead,
  locateHeadOfModel,
  locateModel,
} from './models/locate.js';
export type { Manifest } from './models/manifest.js';
export { modelOfHead } from './models/model-of-head.js';
export { downloadDirectory, pullModel } from './models/pull.js';
export { type ListedModel, listModels, removeModel, verifyModel } from './models/verify.js';
export { isHttpAddress, remoteAudio } from './net/remote-audio.js';
export { OUTPUT_VERSION } from './output-version.js';
export { failureToJson, verdictToJson } from './reports/verdict-json.js';
export { SAMPLE_RATE_HZ } from './sample-rate.js';
export type { TimelineHeardEvent } from './timeline/timeline.js';
export {
  type Embedding,
  GAP_LABEL,
  type Head,
  type Prediction,
  type PresenceReadout,
  type Progress,
  type Rejection,
  SILENCE_LABEL,
  type Span,
  UNKNOWN_LABEL,
} from './types.js';
