/** What a front end needs around the engine: leases, batches and their journal, files and their stamps, jobs. */

export { nativePath, pathOfAddress, realPath, withByteEscapes } from './audio/native-path.js';
export { decodeFloats, decodeSamples, encodeFloats, encodeSamples } from './base64.js';
export { canonicalJson } from './canonical-json.js';
export { decodeBeside } from './engine/decode-beside.js';
export {
  type DownloadEvent,
  type HeadSummary,
  type Jobs,
  type OwnProcessJobKind,
  resultOf,
} from './engine/job-map.js';
export { pipeBytes } from './engine/pipe-bytes.js';
export { type RunJobOptions, runJob } from './engine/run-job.js';
export { eventLoopYielder } from './event-loop.js';
export {
  makeFolder,
  readError,
  readRegularFile,
  sha256Of,
  temporarySibling,
  writeError,
  writeFileAtomically,
} from './files.js';
export { type EngineHold, retireEngines } from './host/engine-hold.js';
export {
  type ContentStamp,
  type FileStamp,
  isSameMovedStamp,
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
  type HeadedSettings,
  holdEngineOf,
  lease,
  leaseModel,
  type ModelLease,
} from './host/lease.js';
export { type FileOutcome, fileOutcome, processFiles } from './host/process-files.js';
export { outcomeKey, recordOf } from './host/record.js';
export { type BatchIdentity, remembered, sortLeastSure } from './host/remembered.js';
export { shownName } from './host/shown-name.js';
export { makeWhole } from './host/work-folder.js';
export { isMeantAsAddress, takeLogin, withoutPassword } from './login.js';
export { installedModelDirectory } from './models/locate.js';
export { makeTemporaryFolder, removeTemporary } from './temporary-paths.js';
export { type TextGridTier, textGrid } from './timeline/export/textgrid.js';
export { textGridTiers } from './timeline/import/textgrid.js';
