import type { AudioInfo } from '../audio/audio-source.js';
import { loudestExcerpt } from '../audio/excerpt.js';
import { measureAudio } from '../audio/measure.js';
import { isSilent } from '../audio/signal.js';
import { EcapaError, isEcapaError } from '../errors.js';
import { predict } from '../heads/predict.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { TimelineBlock } from '../timeline/timeline.js';
import { SILENCE_LABEL } from '../types.js';
import { type JobAudio, openJobAudio } from './job-audio.js';
import { prepended, readUpTo } from './job-blocks.js';
import type { JobContext } from './job-context.js';
import { type EngineJobKind, type JobRun, type Jobs, withoutEvents } from './job-map.js';
import type { JobSource } from './protocol.js';
import type { EmbedResult } from './results.js';
import { Stopwatch } from './stopwatch.js';
import { timelineJob } from './timeline-job.js';

/** Longer recordings are not embedded whole: activations grow with length. */
export const WHOLE_CLIP_SECONDS = 30;

/**
 * Longer recordings are classified by windows. On 10 s put together from clips of held-out sources, one embedding of
 * the whole was right in 85 %, the mean over the clips' own verdicts in 93 % (balanced accuracy, 2999 recordings):
 * changes of level and scene within a recording spoil a single embedding's normalisation.
 */
export const CLASSIFY_WHOLE_SECONDS = 10;

/** How a worker does each kind of job. They throw `EcapaError` for whatever is wrong with the audio. */
export const ENGINE_JOBS: {
  readonly [Kind in EngineJobKind]: (input: Jobs[Kind]['input'], context: JobContext) => JobRun<Kind>;
} = {
  probe: (input, context) => onAudio(input.source, context, (audio) => withoutEvents(probe(audio))),
  embed: (input, context) =>
    onAudio(input.source, context, (audio, watch) =>
      withoutEvents(embed(audio, input.withExcerpt === true, context, watch)),
    ),
  classify: (input, context) =>
    onAudio(input.source, context, (audio, watch) => classify(audio, input, context, watch)),
  timeline: (input, context) =>
    onAudio(input.source, context, (audio, watch) =>
      timelineJob(audio, input.head, audio.blocks, input.settings, context, watch),
    ),
};

/** Opens the audio for a job, and closes it when the job has ended, however that is. */
async function* onAudio<Event, Result>(
  source: JobSource,
  context: JobContext,
  job: (audio: JobAudio, watch: Stopwatch) => AsyncGenerator<Event, Result, undefined>,
): AsyncGenerator<Event, Result, undefined> {
  const watch = new Stopwatch();
  const audio = await openJobAudio(source, context.inbox, context);
  try {
    return yield* job(audio, watch);
  } catch (error) {
    throw about(audio, error);
  } finally {
    await audio.close();
  }
}

async function probe({ info }: JobAudio): Promise<AudioInfo> {
  if (info === undefined) throw new TypeError('PCM has no headers');
  return info;
}

/** The result for samples alone, with the file that they came from. */
function about(audio: JobAudio, error: unknown): unknown {
  if (!isEcapaError(error) || error.file !== undefined) return error;
  return new EcapaError(error.code, `${audio.name}: ${error.message}`, { file: audio.name, cause: error });
}

async function embed(
  audio: JobAudio,
  withExcerpt: boolean,
  context: JobContext,
  watch: Stopwatch,
): Promise<EmbedResult> {
  const { samples, isWhole } = await readUpTo(
    audio.blocks[Symbol.asyncIterator](),
    WHOLE_CLIP_SECONDS,
    context.signal,
  );
  if (!isWhole) throw tooLong(audio);
  watch.mark('decode');
  const { values, modelId } = await context.embedder.embed(samples);
  watch.mark('inference');
  return {
    values,
    modelId,
    durationSeconds: samples.length / SAMPLE_RATE_HZ,
    ...audio.summary(),
    ...(withExcerpt ? { excerpt: loudestExcerpt(samples, SAMPLE_RATE_HZ) } : {}),
    facts: {
      ...measureAudio(samples, SAMPLE_RATE_HZ),
      ...(audio.info && {
        sampleRateHz: audio.info.sampleRate,
        format: `${audio.info.container} ${audio.info.codec}`,
      }),
    },
    timings: watch.timings(),
  };
}

async function* classify(
  audio: JobAudio,
  input: Jobs['classify']['input'],
  context: JobContext,
  watch: Stopwatch,
): JobRun<'classify'> {
  const { head } = input;
  const blocks = audio.blocks[Symbol.asyncIterator]();
  const { parts, samples, isWhole } = await readUpTo(blocks, CLASSIFY_WHOLE_SECONDS, context.signal);
  watch.mark('decode');
  if (!isWhole) {
    const rest = { [Symbol.asyncIterator]: () => blocks };
    return yield* classifyLong(audio, prepended(parts, rest), input, context, watch);
  }
  const verdict = {
    durationSeconds: samples.length / SAMPLE_RATE_HZ,
    model: context.embedder.model.id,
    head: head.id,
    method: 'clip' as const,
    ...audio.summary(),
  };
  if (isSilent(samples)) {
    const none = byLabel(head.labels, []);
    const presence = head.presence === undefined ? {} : { presence: none, present: [] };
    return {
      label: SILENCE_LABEL,
      probability: 1,
      probabilities: none,
      ...presence,
      ...verdict,
      timings: watch.timings(),
    };
  }
  const embedding = await context.embedder.embed(samples);
  const { label, probability, probabilities, presence, present } = predict(head, embedding);
  watch.mark('inference');
  return {
    label,
    probability,
    probabilities: byLabel(head.labels, probabilities),
    ...(presence === undefined ? {} : { presence: byLabel(head.labels, presence) }),
    ...(present === undefined ? {} : { present }),
    ...verdict,
    ...(input.withEmbedding ? { embedding: embedding.values } : {}),
    timings: watch.timings(),
  };
}

/** Too long for one embedding: the timeline's windows, summed up. */
async function* classifyLong(
  audio: JobAudio,
  blocks: AsyncIterable<TimelineBlock>,
  { head, settings }: Jobs['classify']['input'],
  context: JobContext,
  watch: Stopwatch,
): JobRun<'classify'> {
  const run = timelineJob(audio, head, blocks, settings, context, watch);
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    if (next.value.type === 'progress') yield { type: 'progress', progress: next.value.progress };
  }
  const totals = next.value;
  const { dominantLabel, dominantProbability, probabilities, durationSeconds } = totals;
  const { secondsByLabel, shareByLabel, mixed, presence, present, presentSecondsByLabel } = totals;
  return {
    label: dominantLabel,
    probability: dominantProbability,
    probabilities: Object.fromEntries(head.labels.map((label) => [label, probabilities[label] ?? 0])),
    durationSeconds,
    model: totals.model,
    head: totals.head,
    method: 'timeline',
    partial: totals.partial,
    ...(totals.channels === undefined ? {} : { channels: totals.channels }),
    secondsByLabel,
    shareByLabel,
    ...(mixed === undefined ? {} : { mixed }),
    ...(presence === undefined ? {} : { presence }),
    ...(present === undefined ? {} : { present }),
    ...(presentSecondsByLabel === undefined ? {} : { presentSecondsByLabel }),
    timings: totals.timings,
  };
}

function byLabel(labels: readonly string[], values: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(labels.map((label, k) => [label, values[k] ?? 0]));
}

function tooLong(audio: JobAudio): EcapaError {
  return new EcapaError(
    'TOO_LONG',
    `${audio.name}: longer than ${WHOLE_CLIP_SECONDS} s, which is as much as one embedding can stand for. Cut it, or use the timeline.`,
    { file: audio.name },
  );
}
