import type { Classifier, FoundFile } from '@ecapa/core';
import {
  BatchJournal,
  type FileOutcome,
  makeFolder,
  processFiles,
  remembered,
  sortLeastSure,
} from '@ecapa/core/host';
import {
  type LiveFormat,
  segmentsWherePresent,
  type TimelineOptions,
  timelineIdentity,
} from '@ecapa/core/timeline';
import { type Command, Option } from 'commander';
import { addFolderOptions, type FolderOptions, findInputs, readable } from '../../inputs.js';
import {
  type AudioOptions,
  addAudioOptions,
  addModelOptions,
  type ModelOptions,
  openClassifier,
  parseSeconds,
} from '../../model-options.js';
import { addStreamOptions, type StreamOptions, streamEnder } from '../../streams.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { UsageError } from '../../terminal/failure.js';
import { interruptible } from '../../terminal/interrupt.js';
import { findOutputPlace, type OutputPlace } from '../../terminal/output-place.js';
import { createProgressBar } from '../../terminal/progress.js';
import { cutEnding, cutLabel, type LabelCut } from './timeline-cut.js';
import { liveFormat, printLiveTimeline } from './timeline-live.js';
import {
  createTimelineWriter,
  extensionOf,
  isPicture,
  PICTURE_FORMATS,
  TEXT_FORMATS,
} from './timeline-output.js';
import { makeTimelines, sureness, type Timelines } from './timeline-run.js';
import { checkOneRecording, checkUsage, type TimelineUsage } from './timeline-usage.js';

export interface TimelineCommandOptions
  extends ModelOptions,
    AudioOptions,
    FolderOptions,
    StreamOptions,
    TimelineUsage {
  readonly window?: number;
  readonly hop?: number;
  readonly minSegment?: number;
  readonly minSilence?: number;
  readonly leastSureFirst?: boolean;
  readonly dominant?: boolean;
}

export function registerTimeline(program: Command): void {
  const command = program
    .command('timeline')
    .description('show what is where in recordings of any length')
    .argument(
      '<input...>',
      'audio files, folders (searched for audio), globs, http(s) addresses, or - for standard input',
    )
    .option('--json', 'one JSON object a line, one line a file (the same as --format json)')
    .addOption(
      new Option('--format <name>', 'what to write instead of a table').choices([
        ...TEXT_FORMATS,
        ...PICTURE_FORMATS,
      ]),
    )
    .option('-o, --output <path>', 'write there: a file for one input, a folder for several or for --cut')
    .option('--window <seconds>', 'audio that one verdict is based on', parseSeconds)
    .option('--hop <seconds>', 'from one verdict to the next', parseSeconds)
    .option('--min-segment <seconds>', 'shortest stretch of one label', parseSeconds)
    .option('--min-silence <seconds>', 'shorter quiet stretches are pauses, not silence', parseSeconds)
    .option('--cut <label>', 'write each stretch in which a label can be heard as a WAV file')
    .option('--keep <label>', 'write one WAV file with everything but those stretches removed')
    .option('--mask <label>', 'write one WAV file with everything but those stretches silenced')
    .option('--dominant', 'cut and export where a label dominates, not where it can be heard')
    .option('--resume <journal>', 'remember finished files there, and do not do them again')
    .option('--least-sure-first', 'print the least certain files first, once all are done')
    .addHelpText('after', HELP);
  addModelOptions(addStreamOptions(addFolderOptions(addAudioOptions(command)))).action(
    (names: string[], options: TimelineCommandOptions) =>
      interruptible(
        (signal, ended) => timeline(names, options, signal, ended),
        liveFormat(names, options) === undefined ? streamEnder(names) : () => undefined,
      ),
  );
}

const HELP = `
JSON, one object a line in the order of the files:
  {"file","durationSeconds","segments":[{"startSeconds","endSeconds","label","probability","runnerUp","presence", ...}],
   "tracks":{"speech":[{"startSeconds","endSeconds","probability"}], ...},"presentSecondsByLabel","model","head"}
  and "channels":"opposite-phase" where the channels cancelled each other out and the louder one was taken; with
  --channel each one object for each channel, with "channel":N.
  {"file","error":{"code","message"}} for a file that could not be read.

"segments" show what it is mostly, one label at a time; "tracks" show where each label can be heard, overlapping. RTTM,
Audacity, CSV, TSV and WebVTT hold the tracks, TextGrid, SVG and HTML both; --cut, --keep and --mask take the tracks, so
that a voice over music is not lost. --dominant has the segments alone, as do heads without a presence readout and the
formats jsonl and ina.

Labels besides the head's: "silence", "unknown" (unlike anything the head knows), "gap" (unreadable).
Parts are cut to the sample, at the recording's own rate and with its channels.

Standard input, addresses and named pipes are heard while they come, without a copy on disk. With --format jsonl, csv,
tsv, audacity, rttm or webvtt a stream's lines are printed as soon as they are final, 4 seconds after the audio as a rule and 9 at most
(docs/timeline.md); rows that overlap come in the order in which they end. Other formats wait for the end: --limit
sets one. Ctrl-C ends a stream that is the only input: what was heard until then is printed or written ("endedBy":"user"
in JSON); a second Ctrl-C stops at once. Where -o cannot be written, on a full disk for instance, it is printed. What cannot
be decoded as it comes (MP4 with its index at the end, CAF) is copied into a temporary file first, up to --copy-limit.

Exit code: 0 all done, 1 some failed, 2 wrong usage, 130 ended by Ctrl-C.

Examples:
  ecapa timeline radio.mp3
  ffmpeg -re -i INPUT -f wav - | ecapa timeline --format csv -
  ecapa timeline --format jsonl https://radio.example/live
  ecapa timeline --format textgrid -o talk.TextGrid talk.wav
  ecapa timeline --cut speech -o parts/ meeting.m4a
  ecapa timeline --json --resume archive.journal archive/ > archive.jsonl`;

async function timeline(
  names: readonly string[],
  options: TimelineCommandOptions,
  signal: AbortSignal,
  ended: AbortSignal,
): Promise<void> {
  const format = options.format ?? (options.json ? 'json' : undefined);
  await checkUsage(names, options, format);
  const live = liveFormat(names, options);
  if (live !== undefined) return liveTimeline(names[0] ?? '-', options, live, signal, ended);
  const found = await findInputs(names, signal, options);
  checkOneRecording(format, found.length, options);
  const files = found.map((file) => file.path);
  const place = await outputPlace(names, files, options, format);
  const journal =
    options.resume === undefined ? undefined : await BatchJournal.open<Timelines>(options.resume);
  const classifier = await openClassifier(options, found.length).catch(async (error: unknown) => {
    await journal?.close();
    throw error;
  });
  const bar = createProgressBar(found.length, 'files');
  let failures = 0;
  try {
    const cut = cutRequest(options);
    if (cut !== undefined) checkLabel(cut, classifier);
    if (place?.isFolder) await makeFolder(place.path);
    const writer = createTimelineWriter({
      format,
      place: cut === undefined ? place : undefined,
      files,
      labels: classifier.head.labels,
      isDominant: options.dominant ?? false,
      bar,
      ended,
    });
    const { channel, track, limit: limitSeconds } = options;
    const settings = {
      ...timelineOptions(options),
      audio: options,
      stream: { ...options, ended },
      sketch: isPicture(format),
    };
    const make = (file: string, signal: AbortSignal): Promise<Timelines> =>
      makeTimelines(classifier, file, settings, bar, found.length, signal);
    const identity = {
      task: 'timeline',
      modelSha256: classifier.model.sha256,
      head: classifier.head,
      settings: timelineIdentity(classifier.head.labels, {
        ...settings,
        ...{ channel, track, limitSeconds },
        ffmpegPath: options.ffmpeg,
      }),
    };
    const work = journal === undefined ? make : remembered(journal, identity, make);
    const outcomes = processFiles(found, (file, signal) => work(readable(file), signal), {
      concurrency: classifier.workers,
      inOrder: options.leastSureFirst !== true,
      signal,
    });
    for await (const outcome of options.leastSureFirst ? leastSureFirst(outcomes) : outcomes) {
      if ('error' in outcome) failures++;
      await writer.write(outcome);
      if (cut === undefined || place === undefined || 'error' in outcome) continue;
      bar.clear();
      const { file, value } = outcome;
      const { segments = [], tracks } = value[0] ?? {};
      const isPresent = tracks !== undefined && options.dominant !== true;
      const spans =
        isPresent && cut !== undefined ? segmentsWherePresent(segments, tracks, cut.label) : segments;
      const isCut = await cutLabel(file.path, spans, {
        ...cut,
        track,
        place,
        ffmpegPath: options.ffmpeg,
        signal,
      });
      if (!isCut) failures++;
    }
    process.exitCode = failures === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    bar.stop();
    await classifier.close();
    await journal?.close();
  }
}

/** A stream alone: its lines are printed as they become final. */
async function liveTimeline(
  name: string,
  options: TimelineCommandOptions,
  format: LiveFormat,
  signal: AbortSignal,
  ended: AbortSignal,
): Promise<void> {
  const classifier = await openClassifier(options, 1);
  try {
    const isDone = await printLiveTimeline(classifier, name, {
      format,
      timeline: timelineOptions(options),
      audio: options,
      stream: { ...options, ended },
      isDominant: options.dominant ?? false,
      signal,
    });
    process.exitCode = isDone ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    await classifier.close();
  }
}

function cutRequest(options: TimelineCommandOptions): LabelCut | undefined {
  for (const mode of ['cut', 'keep', 'mask'] as const) {
    const label = options[mode];
    if (label !== undefined) return { mode, label };
  }
  return undefined;
}

/** Throws RangeError for a label that the head does not know. */
function checkLabel({ mode, label }: LabelCut, { head }: Classifier): void {
  const labels = [...head.labels, 'silence', 'unknown'];
  if (!labels.includes(label))
    throw new UsageError(`--${mode}: there is no label "${label}", only ${labels.join(', ')}`);
}

/** Where files are written, if any are. */
async function outputPlace(
  names: readonly string[],
  files: readonly string[],
  options: TimelineCommandOptions,
  format: string | undefined,
): Promise<OutputPlace | undefined> {
  const { output, resume: journal } = options;
  const cut = cutRequest(options);
  const isChannels = options.channel === 'each';
  if (output === undefined && cut === undefined) return undefined;
  const ending = cut === undefined ? extensionOf(format) : cutEnding(cut);
  return findOutputPlace({ output, names, files, journal, ending, isParts: cut?.mode === 'cut', isChannels });
}

function timelineOptions(options: TimelineCommandOptions): TimelineOptions {
  return {
    ...(options.window === undefined ? {} : { windowSeconds: options.window }),
    ...(options.hop === undefined ? {} : { hopSeconds: options.hop }),
    ...(options.minSegment === undefined ? {} : { minSegmentSeconds: options.minSegment }),
    ...(options.minSilence === undefined ? {} : { silence: { minSilenceSeconds: options.minSilence } }),
  };
}

/** All outcomes, at the end. */
async function* leastSureFirst(
  outcomes: AsyncIterable<FileOutcome<FoundFile, Timelines>>,
): AsyncGenerator<FileOutcome<FoundFile, Timelines>> {
  const all: FileOutcome<FoundFile, Timelines>[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  yield* sortLeastSure(all, (outcome) => ('value' in outcome ? sureness(outcome.value) : undefined));
}
