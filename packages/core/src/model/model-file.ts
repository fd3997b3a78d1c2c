import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EcapaError } from '../errors.js';
import { makeFolder, readRegularFile, sha256Of, writeError, writeFileAtomically } from '../files.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { markTemporary, removeLeftBehind, temporaryName, unmarkTemporary } from '../temporary-paths.js';

export const MODEL_FILE_FORMAT = 'ecapa-model';
export const MODEL_FILE_VERSION = 1;
/** The two files of a model directory. */
export const ONNX_FILE_NAME = 'model.onnx';
export const MODEL_FILE_NAME = 'model.json';
/** No protobuf message, and so no ONNX file, can be larger. */
const MAX_ONNX_BYTES = 2 ** 31 - 1;
const MAX_DESCRIPTION_BYTES = 1 << 20;

/**
 * How weights are kept: as float32, as float16 or as int8 weights (both computed in float32), or as int8 with products of
 * integers over frames and the rest as float16. Files that were imported as int8 before products were of integers
 * compute in float32.
 */
export type Quantization = 'none' | 'fp16' | 'int8' | 'int8-weights';

const QUANTIZATIONS: readonly Quantization[] = ['none', 'fp16', 'int8', 'int8-weights'];

/** Description of an embedding model, beside its ONNX file. */
export interface ModelInfo {
  /** Stable name, e.g. `voxceleb`; heads name the model they belong to by it. */
  readonly id: string;
  /** Of `model.onnx`, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly sampleRateHz: number;
  /** Length of an embedding. */
  readonly dimension: number;
  /** Fewest samples, at `sampleRateHz`, of which the network makes an embedding. */
  readonly minimumSamples: number;
  /** SPDX identifier or a short text. */
  readonly licence: string;
  /** Where the weights came from, for people. */
  readonly source: string;
  readonly quantization: Quantization;
  /**
   * True when offset, level and silence at either end are taken out of audio before the network sees it. Absent for
   * imported models, whose embeddings are to be those of the program that they come from.
   */
  readonly conditioned?: boolean;
  /**
   * True when windows of a timeline may share what the network computes for each frame (`StretchEmbedder`): measured for
   * the embedded model. Absent for imported ones, of which each window is computed by itself.
   */
  readonly sharedTrunk?: boolean;
  /** Anything else worth keeping, such as widths or training data. Never interpreted. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Text of a `model.json`. Throws `MODEL_INVALID` naming the field. */
export function parseModelFile(text: string, file: string): ModelInfo {
  const invalid = (reason: string): EcapaError =>
    new EcapaError('MODEL_INVALID', `${file}: not a model description: ${reason}. Import the model again.`, {
      file,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(`it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw invalid('it is not an object');
  const fields = json as Readonly<Record<string, unknown>>;
  if (fields.format !== MODEL_FILE_FORMAT) throw invalid(`"format" is not "${MODEL_FILE_FORMAT}"`);
  if (fields.version !== MODEL_FILE_VERSION) {
    throw invalid(`"version" is not ${MODEL_FILE_VERSION}; a newer release may read it`);
  }
  const string = (name: string): string => {
    const value = fields[name];
    if (typeof value !== 'string' || value.trim() === '') throw invalid(`"${name}" is not a text`);
    return value;
  };
  const count = (name: string): number => {
    const value = fields[name];
    if (!Number.isSafeInteger(value) || Number(value) < 1) throw invalid(`"${name}" is not a whole number`);
    return Number(value);
  };
  const sha256 = string('sha256');
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw invalid('"sha256" is not 64 hexadecimal digits');
  const sampleRateHz = count('sampleRateHz');
  if (sampleRateHz !== SAMPLE_RATE_HZ) throw invalid(`"sampleRateHz" is not ${SAMPLE_RATE_HZ}`);
  const quantization = QUANTIZATIONS.find((name) => name === (fields.quantization ?? 'none'));
  if (quantization === undefined) throw invalid(`"quantization" is none of ${QUANTIZATIONS.join(', ')}`);
  const flag = (name: string): boolean | undefined => {
    const value = fields[name];
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`"${name}" is not true or false`);
    return value;
  };
  const conditioned = flag('conditioned');
  const sharedTrunk = flag('sharedTrunk');
  const details = fields.details;
  if (details !== undefined && (typeof details !== 'object' || details === null || Array.isArray(details))) {
    throw invalid('"details" is not an object');
  }
  return {
    id: string('id'),
    sha256,
    sampleRateHz,
    dimension: count('dimension'),
    minimumSamples: count('minimumSamples'),
    licence: string('licence'),
    source: string('source'),
    quantization,
    ...(conditioned === undefined ? {} : { conditioned }),
    ...(sharedTrunk === undefined ? {} : { sharedTrunk }),
    ...(details === undefined ? {} : { details: { ...details } }),
  };
}

export function serializeModelFile(info: ModelInfo): string {
  const { id, ...rest } = info;
  return `${JSON.stringify({ format: MODEL_FILE_FORMAT, version: MODEL_FILE_VERSION, id, ...rest }, null, 2)}\n`;
}

/** Reads only a model directory's description. Throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `READ_FAILED`. */
export async function loadModelInfo(directory: string): Promise<ModelInfo> {
  const file = join(directory, MODEL_FILE_NAME);
  return parseModelFile((await readModelPart(directory, MODEL_FILE_NAME)).toString('utf8'), file);
}

/**
 * Reads a model directory and checks the ONNX file against its description.
 * Throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `CHECKSUM_MISMATCH`, `PERMISSION_DENIED` or `READ_FAILED`.
 */
export async function loadModelDirectory(directory: string): Promise<{ info: ModelInfo; onnx: Uint8Array }> {
  const reading = readModelPart(directory, ONNX_FILE_NAME);
  reading.catch(() => undefined); // what is wrong with the description comes first
  const info = await loadModelInfo(directory);
  const onnx = await reading;
  const sha256 = sha256Of(onnx);
  if (sha256 !== info.sha256) {
    const file = join(directory, ONNX_FILE_NAME);
    throw new EcapaError(
      'CHECKSUM_MISMATCH',
      `${file}: SHA-256 is ${sha256} where ${MODEL_FILE_NAME} says ${info.sha256}: the file is damaged or not the model's own. Get the model again.`,
      { file },
    );
  }
  return { info, onnx };
}

/**
 * Writes `model.onnx` and `model.json` as a new directory, whole or not at all; the checksum is added
 * here. A model directory of that name is replaced; any other non-empty directory is left alone.
 * Throws `WRITE_FAILED`, `DISK_FULL` or `PERMISSION_DENIED`.
 */
export async function writeModelDirectory(
  directory: string,
  onnx: Uint8Array,
  info: Omit<ModelInfo, 'sha256'>,
): Promise<ModelInfo> {
  const target = resolve(directory);
  const described: ModelInfo = { ...info, sha256: sha256Of(onnx) };
  const text = serializeModelFile(described);
  // What could not be read back must not be written.
  parseModelFile(text, join(target, MODEL_FILE_NAME));
  await refuseForeignDirectory(target);

  const sibling = join(dirname(target), `.${temporaryName()}`);
  const temporary = `${sibling}.tmp`;
  const replaced = `${sibling}.old`; // no temporary name: after a kill it may be all that is left
  await removeLeftBehind(dirname(target));
  markTemporary(temporary);
  try {
    await makeFolder(temporary);
    await writeFileAtomically(join(temporary, ONNX_FILE_NAME), onnx);
    await writeFileAtomically(join(temporary, MODEL_FILE_NAME), text);
    const hadOne = await moveIfThere(target, replaced);
    try {
      await rename(temporary, target);
    } catch (cause) {
      if (hadOne) await rename(replaced, target);
      throw cause;
    }
    await rm(replaced, { recursive: true, force: true });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw writeError(target, cause);
  } finally {
    unmarkTemporary(temporary);
  }
  return described;
}

async function readModelPart(directory: string, name: string): Promise<Buffer> {
  const advice = `A model is a directory with ${MODEL_FILE_NAME} and ${ONNX_FILE_NAME}, as "ecapa models" and "ecapa import" make them.`;
  return readRegularFile(join(directory, name), {
    maximumBytes: name === ONNX_FILE_NAME ? MAX_ONNX_BYTES : MAX_DESCRIPTION_BYTES,
    notFound: { code: 'MODEL_NOT_FOUND', advice },
  });
}

async function refuseForeignDirectory(directory: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR') {
      throw new EcapaError('WRITE_FAILED', `${directory}: this is a file. Name a directory to write to.`, {
        file: directory,
        cause,
      });
    }
    throw writeError(directory, cause);
  }
  const foreign = names.find((name) => name !== ONNX_FILE_NAME && name !== MODEL_FILE_NAME);
  if (foreign !== undefined) {
    throw new EcapaError(
      'WRITE_FAILED',
      `${directory}: this directory holds other files ("${foreign}"). Name a new or an empty one.`,
      { file: directory },
    );
  }
}

async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw cause;
  }
}
