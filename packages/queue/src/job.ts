import { createHash } from 'node:crypto';
import { EcapaError } from '@ecapa/core';
import { canonicalJson, withoutPassword } from '@ecapa/core/host';

/** A file below a root that each worker has in a place of its own. */
export interface FileJob {
  readonly root: string;
  /** Relative to the root, with `/` between its parts. */
  readonly path: string;
  /** Size and time of modification when it was added. */
  readonly size: number;
  readonly time: number;
  /** Id of the settings. */
  readonly settings: string;
}

/** Audio at an address. */
export interface AddressJob {
  readonly url: string;
  readonly settings: string;
}

/** What a job holds: never audio, never settings. */
export type JobData = FileJob | AddressJob;

/** All jobs have this name; their settings define what is to be done. */
export const JOB_NAME = 'file';

const MAX_PATH_BYTES = 4096;
const MAX_URL_BYTES = 8192;

/** A job for an address. Throws EcapaError JOB_INVALID for one with a name and password, which all readers of the queue would see. */
export function addressJob(url: string, settings: string): AddressJob {
  const shown = withoutPassword(url);
  if (shown === url) return { url, settings };
  throw new EcapaError(
    'JOB_INVALID',
    `${shown}: an address in the queue may hold no name and password, which all who read the queue would see. Submit it without them, and give them to the workers in ECAPA_ALLOW: https://NAME:PASSWORD@HOST/.`,
    { file: shown },
  );
}

/** The same for the same root, path, size, time and settings: added twice, it is one job. 32 hexadecimal digits. */
export function jobId(data: JobData): string {
  return createHash('sha256').update(canonicalJson(data)).digest('hex').slice(0, 32);
}

/** How people know the file: `root/path`, or its address. */
export function jobTitle(data: JobData): string {
  return 'url' in data ? data.url : `${data.root}/${data.path}`;
}

/**
 * Checks what came out of Redis, which is data from a network.
 *
 * @throws EcapaError JOB_INVALID naming the field
 */
export function parseJob(value: unknown): JobData {
  if (typeof value !== 'object' || value === null) throw invalid('it is not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const settings = textOf(fields, 'settings', 64);
  if (fields.url !== undefined) return addressJob(textOf(fields, 'url', MAX_URL_BYTES), settings);
  const root = textOf(fields, 'root', 64);
  const path = textOf(fields, 'path', MAX_PATH_BYTES);
  const isInside = !/^[\\/]|^[A-Za-z]:/.test(path) && !path.split(/[\\/]/).includes('..');
  if (!isInside) throw invalid('"path" is not relative to the root');
  return { root, path, size: numberOf(fields, 'size'), time: numberOf(fields, 'time'), settings };
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string, maxBytes: number): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '' || value.includes('\0'))
    throw invalid(`"${name}" is not a text`);
  if (Buffer.byteLength(value) > maxBytes) throw invalid(`"${name}" is longer than ${maxBytes} bytes`);
  return value;
}

function numberOf(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(`"${name}" is not a number`);
  return value;
}

function invalid(reason: string): EcapaError {
  return new EcapaError(
    'JOB_INVALID',
    `The job is not one of "ecapa batch submit": ${reason}. Submit the file again with the same version.`,
  );
}
