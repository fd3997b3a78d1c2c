export { type AskOptions, ask, type Question } from './ask.js';
export { type CancelOptions, cancelWaiting, purgeQueue } from './cancel.js';
export { type CollectCounts, type CollectOptions, collect } from './collect.js';
export { type ConnectionOptions, serverError, shownAddress } from './connection.js';
export type { OutcomeValue, Timelines, Verdicts } from './engines.js';
export type { QueueEntry } from './file-work.js';
export type { AddressJob, FileJob, JobData } from './job.js';
export { BatchQueue, type QueueOptions } from './queue.js';
export { parseRoot, type Root } from './roots.js';
export {
  type BatchSettings,
  type BatchTaskOptions,
  makeSettings,
  type SettingsRequest,
} from './settings.js';
export { type QueueStatus, queueStatus } from './status.js';
export { type SubmitCounts, type SubmitItem, type SubmitOptions, submit } from './submit.js';
export { QueueWorker, type QueueWorkerOptions, type WorkerEvent } from './worker.js';
export type { WorkerCounts } from './worker-counts.js';
