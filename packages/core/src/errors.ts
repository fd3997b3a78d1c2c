/**
 * The codes of all errors. One code, one cause, one thing to do next.
 * Bad arguments are not here: they throw `TypeError` or `RangeError` naming the field.
 */
export const ERROR_CODES = [
  // Input files
  'FILE_NOT_FOUND',
  'PERMISSION_DENIED',
  'IS_DIRECTORY',
  'EMPTY_FILE',
  'NO_AUDIO_FILES',
  'READ_FAILED',
  // Audio
  'NOT_AUDIO',
  'NO_AUDIO_STREAM',
  'NO_SAMPLES',
  'TOO_SHORT',
  'TOO_LONG',
  'UNSUPPORTED_CODEC',
  'UNSUPPORTED_LAYOUT',
  'NO_SUCH_CHANNEL',
  'NO_SUCH_TRACK',
  'CORRUPT_AUDIO',
  'NON_FINITE_SAMPLES',
  'DECODER_FAILED',
  'DECODER_MISSING',
  // Models and heads
  'MODEL_NOT_FOUND',
  'MODEL_INVALID',
  'HEAD_NOT_FOUND',
  'HEAD_INVALID',
  'HEAD_MODEL_MISMATCH',
  'CHECKSUM_MISMATCH',
  'UNSUPPORTED_ARCHITECTURE',
  'CHECKPOINT_INVALID',
  'PICKLE_INVALID',
  'PICKLE_FORBIDDEN',
  'UNSUPPORTED_ESTIMATOR',
  // Training
  'TOO_FEW_CLIPS',
  'TOO_FEW_CLASSES',
  'CLIP_IN_TWO_CLASSES',
  'CLIP_LIST_INVALID',
  'LABEL_UNKNOWN',
  'LABELS_INVALID',
  'NOT_CONVERGED',
  // Network
  'OFFLINE',
  'DOWNLOAD_FAILED',
  // Output
  'WRITE_FAILED',
  'DISK_FULL',
  // Engine
  'RUNTIME_UNAVAILABLE',
  'INFERENCE_FAILED',
  'WORKER_CRASHED',
  'QUEUE_FULL',
  'TIMED_OUT',
  'QUEUE_UNAVAILABLE',
  'JOB_INVALID',
  'CANCELLED',
  'CLOSED',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

const FATAL_CODES: ReadonlySet<ErrorCode> = new Set([
  'CANCELLED',
  'CLOSED',
  'RUNTIME_UNAVAILABLE',
  'DECODER_MISSING',
  'DISK_FULL',
  'MODEL_NOT_FOUND',
  'MODEL_INVALID',
  'HEAD_NOT_FOUND',
  'HEAD_INVALID',
  'HEAD_MODEL_MISMATCH',
]);

/**
 * True when every further file would fail with the same error: a run over many files ends with it. Any other
 * error belongs to its file alone.
 */
export function isFatal(code: ErrorCode): boolean {
  return FATAL_CODES.has(code);
}

/** Set on every instance: bundling can duplicate the class, so `instanceof` cannot be trusted. */
const MARKER = 'ecapaError';

/** What an {@link EcapaError} carries besides its code and message. */
export interface EcapaErrorOptions {
  /** The file or input the error is about, as the user named it. */
  readonly file?: string | undefined;
  readonly cause?: unknown;
}

/** A domain error. `message` names the file, the reason and what to do next. */
export class EcapaError extends Error {
  readonly [MARKER] = true;
  readonly code: ErrorCode;
  readonly file: string | undefined;

  constructor(code: ErrorCode, message: string, options: EcapaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EcapaError';
    this.code = code;
    this.file = options.file;
  }
}

/** True for an `EcapaError` from any copy of this module. */
export function isEcapaError(value: unknown): value is EcapaError {
  return value instanceof Error && (value as { [MARKER]?: unknown })[MARKER] === true;
}

/** An error as plain data: crosses a process boundary and comes back as the same code and message. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly file?: string;
}

/** Anything thrown, as plain data. What is not ours becomes `fallback`, its message kept. */
export function toErrorData(value: unknown, fallback: ErrorCode): ErrorData {
  if (isEcapaError(value)) {
    return {
      code: value.code,
      message: value.message,
      ...(value.file === undefined ? {} : { file: value.file }),
    };
  }
  return { code: fallback, message: value instanceof Error ? value.message : String(value) };
}

/** The reverse of `toErrorData`. */
export function fromErrorData(data: ErrorData): EcapaError {
  return new EcapaError(data.code, data.message, { file: data.file });
}
