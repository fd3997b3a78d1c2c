import { canonicalJson } from '../../canonical-json.js';
import { EcapaError } from '../../errors.js';
import { readRegularFile, sha256Of, writeFileAtomically } from '../../files.js';
import { type Head, INPUT_NORMS, type PresenceReadout, type Rejection } from '../../types.js';
import { HeadFields } from './head-fields.js';
import { checkDepth, type Json, readableJson, toJson } from './json-text.js';

/** The value of `format` in every head file. */
export const HEAD_FILE_FORMAT = 'ecapa-head';
/** The newest version. A head without a presence readout is written as version 1, which older programs read too. */
export const HEAD_FILE_VERSION = 2;
const VERSION_WITHOUT_PRESENCE = 1;
/** A training clip takes about 1.5 kB: enough for the embeddings of 40,000. */
export const MAXIMUM_HEAD_BYTES = 64 << 20;

const KNOWN_FIELDS = [
  'format',
  'version',
  'id',
  'modelId',
  'dimension',
  'labels',
  'inputNorm',
  'temperature',
  'bias',
  'weights',
  'rejection',
  'provenance',
  'checksum',
];
const PRESENCE_FIELDS = ['inputNorm', 'temperature', 'bias', 'weights', 'exclusive'];

/**
 * Reads a head from the text of a head file. Nothing in it is executed, and every field is checked. Files of version 1
 * have no presence readout.
 *
 * Throws `HEAD_INVALID` naming the field, or `CHECKSUM_MISMATCH` when the file was changed after it was
 * written. `file` is what messages call it.
 */
export function parseHead(text: string, file = 'head'): Head {
  const invalid = (reason: string, cause: unknown): EcapaError =>
    new EcapaError('HEAD_INVALID', `${file}: not a valid head file: ${reason}`, { file, cause });
  let document: unknown;
  try {
    checkDepth(text);
    document = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof RangeError) throw invalid('it is nested too deeply.', cause);
    const advice =
      'Heads are written by "ecapa train"; a scikit-learn file is read by "ecapa import sklearn".';
    throw invalid(`it is not JSON. ${advice}`, cause);
  }
  const fields = new HeadFields(document, file);
  fields.literal('format', HEAD_FILE_FORMAT);
  const version = fields.oneOf('version', [VERSION_WITHOUT_PRESENCE, HEAD_FILE_VERSION]);
  fields.onlyKnown(new Set(version === HEAD_FILE_VERSION ? [...KNOWN_FIELDS, 'presence'] : KNOWN_FIELDS));
  checkChecksum(document as Record<string, Json>, fields.text('checksum'), file);
  return readHead(fields);
}

/** The text of a head file. Throws `HEAD_INVALID` naming the field when the head itself is not sound. */
export function serializeHead(head: Head): string {
  const { dimension, rejection, presence } = head;
  const content = toJson({
    format: HEAD_FILE_FORMAT,
    version: presence === undefined ? VERSION_WITHOUT_PRESENCE : HEAD_FILE_VERSION,
    id: head.id,
    modelId: head.modelId,
    dimension,
    labels: head.labels,
    inputNorm: head.inputNorm,
    temperature: head.temperature,
    bias: Array.from(head.bias),
    weights: rows(head.weights, dimension),
    rejection: rejection && rejectionToJson(rejection, dimension),
    presence: presence && presenceToJson(presence, dimension),
    provenance: head.provenance,
  });
  readHead(new HeadFields(content, `head "${head.id}"`));
  const document = { ...(content as Record<string, Json>), checksum: checksumOf(content) };
  return `${readableJson(document)}\n`;
}

/** Reads a head file. Throws as `parseHead` does, and as `readRegularFile` with `HEAD_NOT_FOUND`. */
export async function loadHead(path: string): Promise<Head> {
  const bytes = await readRegularFile(path, {
    maximumBytes: MAXIMUM_HEAD_BYTES,
    notFound: { code: 'HEAD_NOT_FOUND', advice: 'Train a head with "ecapa train", or name another file.' },
  });
  return parseHead(bytes.toString('utf8'), path);
}

/** Writes a head file, whole or not at all. Throws `HEAD_INVALID`, `DISK_FULL` or `WRITE_FAILED`. */
export async function saveHead(path: string, head: Head): Promise<void> {
  await writeFileAtomically(path, serializeHead(head));
}

function readHead(fields: HeadFields): Head {
  const labels = fields.labels('labels');
  const dimension = fields.positiveInteger('dimension');
  const rejection = fields.has('rejection')
    ? readRejection(fields.object('rejection'), labels.length, dimension)
    : undefined;
  const presence = fields.has('presence')
    ? readPresence(fields.object('presence'), labels, dimension)
    : undefined;
  const provenance = fields.has('provenance') ? fields.record('provenance') : undefined;
  return {
    id: fields.text('id'),
    modelId: fields.text('modelId'),
    dimension,
    labels,
    weights: fields.matrix('weights', labels.length, dimension),
    bias: fields.vector('bias', labels.length),
    inputNorm: fields.oneOf('inputNorm', INPUT_NORMS),
    temperature: fields.positiveNumber('temperature'),
    ...(rejection && { rejection }),
    ...(presence && { presence }),
    ...(provenance && { provenance }),
  };
}

function readRejection(fields: HeadFields, classes: number, dimension: number): Rejection {
  const rule = fields.oneOf('rule', ['probability', 'distance'] as const);
  if (rule === 'probability') {
    fields.onlyKnown(new Set(['rule', 'threshold']));
    return { rule, threshold: fields.numberBetween('threshold', 0, 1) };
  }
  fields.onlyKnown(new Set(['rule', 'threshold', 'centroids', 'inverseVariances']));
  return {
    rule,
    threshold: fields.positiveNumber('threshold'),
    centroids: fields.matrix('centroids', classes, dimension),
    inverseVariances: fields.vector('inverseVariances', dimension, 0),
  };
}

function readPresence(fields: HeadFields, labels: readonly string[], dimension: number): PresenceReadout {
  fields.onlyKnown(new Set(PRESENCE_FIELDS));
  return {
    weights: fields.matrix('weights', labels.length, dimension),
    bias: fields.vector('bias', labels.length),
    inputNorm: fields.oneOf('inputNorm', INPUT_NORMS),
    temperature: fields.positiveNumber('temperature'),
    exclusive: fields.has('exclusive') ? fields.pairs('exclusive', labels) : [],
  };
}

function presenceToJson(presence: PresenceReadout, dimension: number): object {
  const { inputNorm, temperature, bias, weights, exclusive } = presence;
  return {
    inputNorm,
    temperature,
    bias: Array.from(bias),
    weights: rows(weights, dimension),
    ...(exclusive.length > 0 && { exclusive }),
  };
}

function rejectionToJson(rejection: Rejection, dimension: number): object {
  if (rejection.rule === 'probability') return rejection;
  return {
    rule: rejection.rule,
    threshold: rejection.threshold,
    centroids: rows(rejection.centroids, dimension),
    inverseVariances: Array.from(rejection.inverseVariances),
  };
}

function rows(values: Float64Array, width: number): number[][] {
  const count = width > 0 ? Math.ceil(values.length / width) : 0;
  return Array.from({ length: count }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

function checkChecksum(document: Record<string, Json>, stated: string, file: string): void {
  const { checksum: _, ...content } = document;
  if (checksumOf(content) === stated) return;
  throw new EcapaError(
    'CHECKSUM_MISMATCH',
    `${file}: the file was changed or damaged after it was written (its checksum does not fit its content). ` +
      'Copy it again from where it came from, or train it again.',
    { file },
  );
}

function checksumOf(content: Json): string {
  return `sha256:${sha256Of(canonicalJson(content))}`;
}
