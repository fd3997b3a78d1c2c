import {
  type ChannelChoice,
  describeModel,
  EcapaError,
  type Head,
  loadHead,
  loadModelInfo,
  locateHead,
  locateHeadOfModel,
  locateModel,
  modelOfHead,
  type TrackChoice,
} from '@ecapa/core';
import { canonicalJson, sha256Of } from '@ecapa/core/host';
import { planTimeline, TIMELINE_VERSION, type TimelineOptions } from '@ecapa/core/timeline';

/** What a batch can set besides model and head; all but `channel` and `track` is for timelines. */
export interface BatchTaskOptions {
  /** Default `mix`; `each` makes an outcome of each channel by itself. */
  readonly channel?: ChannelChoice | 'each';
  readonly track?: TrackChoice;
  readonly windowSeconds?: number;
  readonly hopSeconds?: number;
  readonly minSegmentSeconds?: number;
  readonly minSilenceSeconds?: number;
}

/** What is to be done with files, and with what: kept once in Redis, and named by jobs through its hash. */
export interface BatchSettings {
  /** Of the analysis; workers of another version refuse. */
  readonly version: number;
  readonly task: 'classify' | 'timeline';
  readonly model: Named;
  readonly head: Named;
  readonly options: BatchTaskOptions;
}

/** Something in the registry of a worker: found by its id, and used only when the hash is the same. */
export interface Named {
  readonly id: string;
  readonly sha256: string;
}

const OPTION_NAMES = [
  'channel',
  'track',
  'windowSeconds',
  'hopSeconds',
  'minSegmentSeconds',
  'minSilenceSeconds',
] as const;
const MAX_SETTINGS_BYTES = 4096;

export interface SettingsRequest {
  readonly task: 'classify' | 'timeline';
  /** Id or folder of the embedding model; the embedded default otherwise. */
  readonly model?: string | undefined;
  /** Id or file of the head; the default otherwise. */
  readonly head?: string | undefined;
  readonly options?: BatchTaskOptions | undefined;
}

/**
 * The settings that model, head and options have on this machine. Loads no model.
 *
 * @throws EcapaError as `locateModel`, `locateHead` and their loading do, HEAD_MODEL_MISMATCH; RangeError naming an
 *   option
 */
export async function makeSettings(request: SettingsRequest): Promise<BatchSettings> {
  const modelId = request.model === undefined ? undefined : (await describeModel(request.model)).id;
  const named =
    request.head === undefined ? undefined : await loadHead(await locateHead(request.head, modelId));
  const model = await loadModelInfo(await locateModel(await modelOfHead(request.model, named)));
  const head = named ?? (await ownHead(model.id));
  if (head.modelId !== model.id) {
    throw new EcapaError(
      'HEAD_MODEL_MISMATCH',
      `Head "${head.id}" belongs to model "${head.modelId}", not to "${model.id}". Name the head of this model.`,
    );
  }
  const options = request.options ?? {};
  planTimeline(head.labels, timelineOptions(options));
  return {
    version: TIMELINE_VERSION,
    task: request.task,
    model: { id: model.id, sha256: model.sha256 },
    head: { id: head.id, sha256: headSha256(head) },
    options,
  };
}

async function ownHead(modelId: string): Promise<Head> {
  const file = await locateHeadOfModel(modelId);
  if (file !== undefined) return loadHead(file);
  throw new EcapaError('HEAD_NOT_FOUND', `Model "${modelId}" has no head of its own. Name one with --head.`);
}

/** 24 hexadecimal digits. */
export function settingsId(settings: BatchSettings): string {
  return sha256Of(canonicalJson(settings)).slice(0, 24);
}

/** Of everything in a head, its provenance included. */
export function headSha256(head: Head): string {
  return sha256Of(canonicalJson(head));
}

export function timelineOptions(given: BatchTaskOptions): TimelineOptions {
  const { minSilenceSeconds, channel: _, track: __, ...options } = given;
  return { ...options, ...(minSilenceSeconds === undefined ? {} : { silence: { minSilenceSeconds } }) };
}

/**
 * Checks settings that came out of Redis against the hash by which a job names them.
 *
 * @throws EcapaError JOB_INVALID naming the field
 */
export function parseSettings(text: string | null, id: string): BatchSettings {
  if (text === null || text.length > MAX_SETTINGS_BYTES) throw invalid('the queue does not hold them');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('they are not JSON');
  }
  const fields = recordOf(json, 'settings');
  const { version, task } = fields;
  if (task !== 'classify' && task !== 'timeline') throw invalid('"task" is neither classify nor timeline');
  if (typeof version !== 'number') throw invalid('"version" is not a number');
  const options = recordOf(fields.options, 'options');
  for (const [name, value] of Object.entries(options)) {
    if (!OPTION_NAMES.some((known) => known === name)) throw invalid(`"${name}" is not known`);
    const isChoice = name === 'channel' || name === 'track';
    if (isChoice ? !isAudioChoice(value) : !isFiniteNumber(value)) throw invalid(`"${name}" is not valid`);
  }
  const settings = {
    version,
    task,
    model: named(fields, 'model'),
    head: named(fields, 'head'),
    options,
  } as const;
  if (settingsId(settings) !== id) throw invalid('their hash is not the one that the job names');
  return settings;
}

/** A number, or a short word: core checks which ones are valid. */
function isAudioChoice(value: unknown): boolean {
  return isFiniteNumber(value) || (typeof value === 'string' && /^[A-Za-z0-9-]{1,20}$/.test(value));
}

function isFiniteNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function named(fields: Readonly<Record<string, unknown>>, name: string): Named {
  const { id, sha256: hash } = recordOf(fields[name], name);
  if (typeof id !== 'string' || id === '' || id.length > 200) throw invalid(`"${name}.id" is not an id`);
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw invalid(`"${name}.sha256" is not a hash`);
  return { id, sha256: hash };
}

function recordOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`"${name}" is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function invalid(reason: string): EcapaError {
  return new EcapaError(
    'JOB_INVALID',
    `The settings of the job cannot be used: ${reason}. Submit its files again.`,
  );
}
