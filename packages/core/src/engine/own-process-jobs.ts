import { writePeaks } from '../audio/peaks-file.js';
import { writePlaybackParts } from '../audio/playback-files.js';
import { cutFile, cutSpanFiles } from '../cutting/cut-file.js';
import { saveHead } from '../heads/file/head-file.js';
import { teachHead } from '../heads/train/teach.js';
import { importSpeechbrain } from '../interop/pytorch/speechbrain.js';
import { importSklearn } from '../interop/sklearn/sklearn.js';
import { pullModel } from '../models/pull.js';
import { every } from '../throttle.js';
import type { Head } from '../types.js';
import {
  type DownloadEvent,
  type HeadSummary,
  type JobRun,
  type Jobs,
  type OwnProcessJobKind,
  withoutEvents,
} from './job-map.js';
import { PushQueue } from './push-queue.js';

const PROGRESS_MILLISECONDS = 100;

/** How each kind of job is done that needs no model. They throw `EcapaError`. */
export const OWN_PROCESS_JOBS: {
  readonly [Kind in OwnProcessJobKind]: (input: Jobs[Kind]['input'], signal: AbortSignal) => JobRun<Kind>;
} = {
  train: (input, signal) => withoutEvents(train(input, signal)),
  importSklearn: (input) => withoutEvents(importHead(input)),
  importSpeechbrain: ({ directory, output, options }) =>
    withoutEvents(importSpeechbrain(directory, output, options)),
  pull,
  cut: cutFile,
  cutSpans: cutSpanFiles,
  peaks: writePeaks,
  playback: writePlaybackParts,
};

async function train(
  { clips, options, output }: Jobs['train']['input'],
  signal: AbortSignal,
): Promise<Jobs['train']['result']> {
  const { head, report } = await teachHead(clips, { ...options, signal });
  await saveHead(output, head);
  return { head: summaryOf(head), report };
}

async function importHead({
  file,
  output,
  options,
}: Jobs['importSklearn']['input']): Promise<Jobs['importSklearn']['result']> {
  const { head, estimator, modelIdAssumed } = await importSklearn(file, options);
  await saveHead(output, head);
  return { head: summaryOf(head), estimator, modelIdAssumed };
}

function pull({ id, mirror, manifest }: Jobs['pull']['input'], signal: AbortSignal): JobRun<'pull'> {
  const events = new PushQueue<DownloadEvent, Jobs['pull']['result']>();
  const isDue = every(PROGRESS_MILLISECONDS);
  pullModel(id, {
    signal,
    mirror,
    manifest,
    onProgress: (file, receivedBytes, totalBytes) => {
      if (!isDue() && receivedBytes !== totalBytes) return;
      events.push({
        type: 'download',
        file,
        receivedBytes,
        ...(totalBytes === undefined ? {} : { totalBytes }),
      });
    },
  }).then(
    (result) => events.end(result),
    (error: unknown) => events.fail(error),
  );
  return events[Symbol.asyncIterator]();
}

function summaryOf({ id, modelId, labels }: Head): HeadSummary {
  return { id, modelId, labels };
}
