export type {
  AudioBlock,
  DecodeOptions,
  DecodeSummary,
} from './audio/audio-source.js';
export { type DecodedGap, type Decoding, decodeBlocks, decodeMono16k } from './audio/decode.js';
export { type MpegSegment, MpegSegmenter } from './audio/mpeg-segments.js';
export { plainlyNotPcm } from './audio/not-pcm.js';
export { SNIFF_BYTES, type Sniffed } from './audio/sniff.js';
export { type SampleFormat, type WavShape, WavWriter, wavHeader } from './audio/wav-writer.js';
export { CLASS_COLOURS, type ClassColour, OTHER_CLASS_COLOURS } from './class-colours.js';
export type { ListedClip } from './clips/clip-list.js';
export {
  type EmbeddedFiles,
  type EmbedFilesOptions,
  embedFiles,
  type FailedFile,
  type FileEmbedder,
} from './clips/embed-files.js';
export { type EmbedMixturesOptions, embedMixtures, type PcmEmbedder } from './clips/embed-mixtures.js';
export { type CachedEmbedding, EmbeddingCache } from './clips/embedding-cache.js';
export { findLabelledFiles, type LabelledFile } from './clips/labelled-files.js';
export {
  type CutFile,
  type CutMode,
  type CutOptions,
  cutRecording,
  labelForFileName,
  type NativeAudio,
} from './cutting/cut.js';
export { decodeBeside } from './engine/decode-beside.js';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './engine/diagnose.js';
export {
  type DownloadEvent,
  type HeadSummary,
  type JobRun,
  type Jobs,
  type OwnProcessJobKind,
  resultOf,
} from './engine/job-map.js';
export type { PoolStats, QueuePolicy } from './engine/pool.js';
export type { ModelSummary, PcmSamples } from './engine/protocol.js';
export { measureQuantizationLoss, type QuantizationLoss } from './engine/quantization-loss.js';
export { type RunJobOptions, runJob } from './engine/run-job.js';
export {
  type Clip,
  refuseClipsInTwoClasses,
} from './heads/clip.js';
export type { ClipFacts, TrivialCue } from './heads/evaluate/cues.js';
export { evaluateHead } from './heads/evaluate/evaluate.js';
export {
  type PresenceClassScores,
  type PresenceScores,
  type ScoredMixture,
  scorePresence,
} from './heads/evaluate/presence-scores.js';
export {
  type ClassScores,
  type Proportion,
  type ReliabilityBin,
  type RiskCoveragePoint,
  type ScoredClip,
  type Scores,
  scoreClips,
} from './heads/evaluate/scores.js';
export type { Suspect } from './heads/evaluate/suspects.js';
export { type Explanation, explain, type Neighbour } from './heads/explain.js';
export {
  loadHead,
  MAXIMUM_HEAD_BYTES,
  parseHead,
  saveHead,
  serializeHead,
} from './heads/file/head-file.js';
export { clipsFromProvenance } from './heads/file/provenance.js';
export { HEARING_RULES, type Heard, type HearingRule, isHeard } from './heads/heard.js';
export { checkModel, predict } from './heads/predict.js';
export { PRESENT_FROM, predictPresence, presentLabels } from './heads/presence.js';
export { exclusivePairs } from './heads/train/exclusive.js';
export {
  type EmbeddedMixture,
  type Mixture,
  type MixturePart,
  type MixturePlanOptions,
  planMixtures,
} from './heads/train/mixtures.js';
export type { PresenceReport } from './heads/train/presence-fit.js';
export { type TeachingReport, type TeachOptions, teachHead } from './heads/train/teach.js';
export type { Warning } from './heads/train/teaching-warnings.js';
export {
  type ClassWeight,
  classesOf,
  type Example,
  type FitOptions,
  type Training,
  type TrainOptions,
  trainHead,
} from './heads/train/train.js';
export {
  type BatchIdentity,
  type BatchOptions,
  type BatchOutcome,
  canonicalJson,
  runBatch,
  sortLeastSure,
} from './host/batch.js';
export { type EngineHold, type EngineSettings, holdEngine, retireEngines } from './host/engine-hold.js';
export {
  type ContentStamp,
  type FileStamp,
  isSameMovedStamp,
  isSameStamp,
  type OutcomeOrigin,
  type Staleness,
  stalenessOf,
  stampFile,
  statStamp,
} from './host/file-stamp.js';
export {
  BatchJournal,
  type JournalEntry,
  type JournalFailure,
  journalLine,
  parseJournalLine,
} from './host/journal.js';
export {
  currentHead,
  type EngineIdentity,
  type EngineLease,
  type IdentifiedHead,
  type LeaseOptions,
  lease,
  leaseModel,
  type ModelLease,
} from './host/lease.js';
export { type FileRecord, outcomeKey, recordOf } from './host/record.js';
export { type WholeTimeline, wholeTimeline, wholeTimelineOfChannels } from './host/whole-timeline.js';
export { makeWhole } from './host/work-folder.js';
export { exportJson } from './interop/json/export-json.js';
export { exportOnnx } from './interop/onnx/export-onnx.js';
export {
  type ImportedModel,
  type ImportSpeechbrainOptions,
  importSpeechbrain,
} from './interop/pytorch/speechbrain.js';
export { loadTorchCheckpoint } from './interop/pytorch/torch-zip.js';
export { DEFAULT_SKLEARN_VERSION, exportSklearn } from './interop/sklearn/export-sklearn.js';
export {
  type ImportedHead,
  type ImportSklearnOptions,
  importSklearn,
  parseSklearn,
} from './interop/sklearn/sklearn.js';
export {
  type ConvWeights,
  type EcapaWeights,
  ecapaWeightsFromStateDict,
  type NamedTensor,
  type NormWeights,
  type ResidualBlockWeights,
  type StateDictOptions,
  type TdnnWeights,
} from './model/ecapa-weights.js';
export {
  type Embedder,
  type EmbedderOptions,
  type LogMelFrames,
  openEmbedder,
} from './model/embedder.js';
export {
  loadModelDirectory,
  loadModelInfo,
  type ModelInfo,
  type Quantization,
} from './model/model-file.js';
export { type WriteEcapaModelOptions, writeEcapaModel } from './model/write-ecapa-model.js';
export {
  cacheDirectory,
  cachedModelDirectory,
  describeModel,
  loadEmbeddedManifest,
  locateHead,
  locateHeadOfModel,
  locateModel,
} from './models/locate.js';
export type {
  Manifest,
  ManifestHead,
  ManifestModel,
  RemoteFile,
} from './models/manifest.js';
export { downloadDirectory, MIRROR_VARIABLE, type PullOptions, pullModel } from './models/pull.js';
export { type ListedModel, listModels, removeModel, verifyModel } from './models/verify.js';
export type { Evaluation } from './reports/evaluation.js';
export { evaluationHtml } from './reports/evaluation-html.js';
export type { PageOptions } from './reports/page.js';
export type { ReportLanguage, Translate } from './reports/report-text.js';
export {
  type ClipLinks,
  type TaughtHead,
  type TeachingHtmlOptions,
  teachingHtml,
} from './reports/teaching-html.js';
export { SAMPLE_RATE_HZ } from './sample-rate.js';
export { type Agreement, agreement } from './timeline/agreement.js';
export type { TimelineEmbedder } from './timeline/analysis.js';
export { AudioGate, type AudioGateOptions } from './timeline/audio-gate.js';
export type { OpenSpan } from './timeline/builder.js';
export { TIMELINE_FORMATS, type TimelineFormat, timelineFormat } from './timeline/export/formats.js';
export {
  type PresenceJson,
  type SegmentJson,
  type TimelineJson,
  timelineToJson,
} from './timeline/export/json.js';
export { segmentsWherePresent } from './timeline/export/layers.js';
export { timelineToHtml, timelineToSvg } from './timeline/export/picture.js';
export type { TimelineReport } from './timeline/export/report.js';
export { TIMELINE_VERSION, type TimelineIdentity, timelineIdentity } from './timeline/identity.js';
export {
  type LabelFormat,
  type LabelledSpan,
  type ParsedLabels,
  parseLabels,
} from './timeline/import/parse-labels.js';
export {
  DEFAULT_TIMELINE,
  planTimeline,
  type TimelineOptions,
  type TimelinePlan,
} from './timeline/options.js';
export {
  type PresenceSpan,
  type PresenceTotals,
  type PresenceTrack,
  type Tracks,
  tracksByLabel,
} from './timeline/presence-tracks.js';
export {
  type LabelProbability,
  summarize,
  type TimelineSegment,
  type TimelineTotals,
} from './timeline/segments.js';
export { DEFAULT_SILENCE, type SilenceOptions } from './timeline/silence.js';
export type { TimelineSketch } from './timeline/sketch.js';
export {
  type TimelineBlock,
  type TimelineBlocksEvent,
  type TimelineStreamOptions,
  timelineOfBlocks,
} from './timeline/timeline.js';
export type { WindowProbabilities } from './timeline/window-probabilities.js';
export {
  type Embedding,
  GAP_LABEL,
  type InputNorm,
  type Prediction,
  type PresenceReadout,
  type Progress,
  type Rejection,
  type Segment,
  SILENCE_LABEL,
  type Span,
  UNKNOWN_LABEL,
} from './types.js';
// biome-ignore lint/performance/noReExportAll: the names are listed once, there.
export * from './verdicts.js';
