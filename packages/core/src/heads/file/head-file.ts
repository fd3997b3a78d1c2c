import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EcapaError } from '../../errors.js';
import type { Head, Rejection } from '../../types.js';
import { writeFileAtomically } from '../../write-file.js';
import { HeadFields } from './head-fields.js';
import { canonicalJson, type Json, readableJson, toJson } from './json-text.js';

/** What `format` says in every head file. */
export const HEAD_FILE_FORMAT = 'ecapa-head';
/** The only version there is. */
export const HEAD_FILE_VERSION = 1;

const KNOWN_FIELDS = new Set([
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
]);

/**
 * Reads a head from the text of a head file. Nothing in it is executed, and every field is checked.
 *
 * Throws `HEAD_INVALID` naming the field, or `CHECKSUM_MISMATCH` when the file was changed after it was
 * written. `file` is what messages call it.
 */
export function parseHead(text: string, file = 'head'): Head {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new EcapaError(
      'HEAD_INVALID',
      `${file}: not a head file (no valid JSON). Heads are written by "ecapa train"; a scikit-learn file is read by "ecapa import sklearn".`,
      { file, cause },
    );
  }
  const fields = new HeadFields(document, file);
  fields.literal('format', HEAD_FILE_FORMAT);
  fields.literal('version', HEAD_FILE_VERSION);
  fields.onlyKnown(KNOWN_FIELDS);
  checkChecksum(document as Record<string, Json>, fields.text('checksum'), file);
  return readHead(fields);
}

/** The text of a head file. Throws `HEAD_INVALID` naming the field when the head itself is not sound. */
export function serializeHead(head: Head): string {
  const { dimension, rejection } = head;
  const content = toJson({
    format: HEAD_FILE_FORMAT,
    version: HEAD_FILE_VERSION,
    id: head.id,
    modelId: head.modelId,
    dimension,
    labels: head.labels,
    inputNorm: head.inputNorm,
    temperature: head.temperature,
    bias: Array.from(head.bias),
    weights: rows(head.weights, dimension),
    rejection: rejection && rejectionToJson(rejection, dimension),
    provenance: head.provenance,
  });
  readHead(new HeadFields(content, `head "${head.id}"`));
  const document = { ...(content as Record<string, Json>), checksum: checksumOf(content) };
  return `${readableJson(document)}\n`;
}

/** Reads a head file. Throws as `parseHead` does, and `HEAD_NOT_FOUND`, `IS_DIRECTORY` or `READ_FAILED`. */
export async function loadHead(path: string): Promise<Head> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw readError(path, cause);
  }
  return parseHead(text, path);
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
  const provenance = fields.has('provenance') ? fields.record('provenance') : undefined;
  return {
    id: fields.text('id'),
    modelId: fields.text('modelId'),
    dimension,
    labels,
    weights: fields.matrix('weights', labels.length, dimension),
    bias: fields.vector('bias', labels.length),
    inputNorm: fields.oneOf('inputNorm', ['none', 'l2', 'l1', 'max'] as const),
    temperature: fields.positiveNumber('temperature'),
    ...(rejection && { rejection }),
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
  let found: string;
  try {
    found = checksumOf(content);
  } catch (cause) {
    throw new EcapaError('HEAD_INVALID', `${file}: not a valid head file: it is nested too deeply.`, {
      file,
      cause,
    });
  }
  if (found === stated) return;
  throw new EcapaError(
    'CHECKSUM_MISMATCH',
    `${file}: the file was changed or damaged after it was written (its checksum does not fit its content). ` +
      'Copy it again from where it came from, or train it again.',
    { file },
  );
}

function checksumOf(content: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(content), 'utf8').digest('hex')}`;
}

function readError(path: string, cause: unknown): EcapaError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EcapaError('HEAD_NOT_FOUND', `${path}: no such head file. Train one with "ecapa train".`, {
      file: path,
      cause,
    });
  }
  if (code === 'EISDIR') {
    return new EcapaError('IS_DIRECTORY', `${path}: this is a folder, not a head file.`, {
      file: path,
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new EcapaError('PERMISSION_DENIED', `${path}: no permission to read this head file.`, {
      file: path,
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EcapaError('READ_FAILED', `${path}: the head file cannot be read (${reason}).`, {
    file: path,
    cause,
  });
}
