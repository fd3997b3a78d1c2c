import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'undici';
import { EcapaError, isEcapaError } from '../errors.js';
import { hashFile, writeError } from '../files.js';
import { takeLogin, withoutPassword } from '../login.js';
import { checkProxyVariables } from '../net/proxy.js';
import { requestFailure } from '../net/request-failure.js';

export interface DownloadOptions {
  readonly url: string;
  /** Where the file goes once it is whole and its hash is right. */
  readonly target: string;
  readonly sha256: string;
  readonly bytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | undefined) => void) | undefined;
  /** A server that sends nothing for so long has failed. Default 30. */
  readonly idleSeconds?: number | undefined;
  /** Tries after failures that may pass: dropped connections, time-outs, 429 and 5xx. Default 5. */
  readonly attempts?: number | undefined;
}

/** Where the size is not known beforehand, more than this is not taken: settings files are small. */
const MAX_UNDECLARED_BYTES = 64 << 20;
const RETRY_MILLISECONDS = 500;

/** A failure that may pass: worth another try. */
class Passing extends Error {}

/**
 * Downloads a file that is pinned by its hash. What arrived before a failure is kept beside the target as
 * `.part` and continued from, in this run and the next. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.
 *
 * Throws `OFFLINE` (no server reached), `DOWNLOAD_FAILED`, `CHECKSUM_MISMATCH`, `CANCELLED`, `DISK_FULL`,
 * `WRITE_FAILED` or `PERMISSION_DENIED`. The target appears whole or not at all.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { target, signal, idleSeconds = 30, attempts = 5 } = options;
  const url = withoutPassword(options.url);
  const login = takeLogin(new URL(options.url));
  const idleMilliseconds = idleSeconds * 1000;
  checkProxyVariables(process.env);
  const { EnvHttpProxyAgent, fetch } = await import('../net/http-client.js');
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: idleMilliseconds },
    headersTimeout: idleMilliseconds,
    bodyTimeout: idleMilliseconds,
  });
  const part = `${target}.${options.sha256.slice(0, 12)}.part`;
  let mismatches = 0;
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await receive({ ...options, url }, part, ({ headers, ...init }) =>
          fetch(url, { ...init, headers: { ...headers, ...login }, dispatcher }),
        );
        if (await hasHash(part, options.sha256)) break;
        await rm(part, { force: true });
        mismatches++;
        // What was continued may have been bad from the start: the next try starts again, and must be right.
        throw new EcapaError(
          'CHECKSUM_MISMATCH',
          `${url}: what was received is not the expected file (SHA-256 differs). Try again, or name another mirror.`,
        );
      } catch (error) {
        if (signal?.aborted)
          throw new EcapaError('CANCELLED', `${url}: cancelled. What has arrived is kept for the next time.`);
        const isFirstMismatch = isEcapaError(error) && error.code === 'CHECKSUM_MISMATCH' && mismatches === 1;
        const mayPass = error instanceof Passing || isFirstMismatch;
        if (!mayPass || attempt >= attempts) throw describe(url, error);
        await sleep(
          RETRY_MILLISECONDS * 2 ** (attempt - 1),
          undefined,
          signal === undefined ? {} : { signal },
        ).catch(() => undefined);
      }
    }
    await rename(part, target).catch((cause: unknown) => {
      throw writeError(target, cause);
    });
  } finally {
    // Not close(): that would wait for content that is no longer read.
    await dispatcher.destroy().catch(() => undefined);
  }
}

/** True when the file exists and has this SHA-256. */
export async function hasHash(path: string, sha256: string): Promise<boolean> {
  try {
    return (await hashFile(path)) === sha256;
  } catch (error) {
    if (isEcapaError(error) && error.code === 'FILE_NOT_FOUND') return false;
    throw error;
  }
}

interface RangeRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Brings `part` to its full length, continuing what is there when the server can. */
async function receive(
  options: DownloadOptions,
  part: string,
  request: (init: RangeRequest) => Promise<Response>,
): Promise<void> {
  const { url, bytes, signal, onProgress } = options;
  const present = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes !== undefined && present === bytes) return;
  const from = bytes === undefined || present > bytes ? 0 : present;
  const response = await request({
    headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    const { isLasting, reasons } = requestFailure(cause);
    if (!isLasting) throw new Passing('no answer', { cause });
    throw new EcapaError(
      'DOWNLOAD_FAILED',
      `${url}: the download failed (${reasons.join(', ')}). Trying again would end the same way: check the address.`,
      { cause },
    );
  });
  const start = await startOf(response, from, part);
  const limit = bytes ?? MAX_UNDECLARED_BYTES;
  const declared = Number(response.headers.get('content-length') ?? Number.NaN) + start;
  const total = bytes ?? (Number.isFinite(declared) ? declared : undefined);
  // Without a known size, a connection that drops early looks like an end: then the hash decides.
  let received = start;
  const file = await open(part, start > 0 ? 'r+' : 'w').catch((cause: unknown) => {
    throw writeError(part, cause);
  });
  try {
    if (response.body === null) throw new Passing('no content');
    const chunks = response.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw new Passing('the connection broke', { cause });
      });
      if (next.done) break;
      if (received + next.value.length > limit) {
        throw new EcapaError(
          'DOWNLOAD_FAILED',
          `${url}: the server sends more than the ${limit} bytes the file has. Name another mirror.`,
        );
      }
      await file.write(next.value, 0, next.value.length, received).catch((cause: unknown) => {
        throw writeError(part, cause);
      });
      received += next.value.length;
      onProgress?.(received, total);
    }
    await file.truncate(received);
  } finally {
    await file.close();
  }
  if (total !== undefined && received < total)
    throw new Passing(`the connection ended after ${received} of ${total} bytes`);
}

/** Where the answer's content belongs: after what is there, or at the beginning when the server starts over. */
async function startOf(response: Response, from: number, part: string): Promise<number> {
  const { status } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
    if (Number(range?.[1]) === from) return from;
    await response.body?.cancel();
    await rm(part, { force: true });
    throw new Passing('the server continued at another place than asked');
  }
  if (status === 200) return 0;
  await response.body?.cancel();
  if (status === 416) {
    await rm(part, { force: true });
    throw new Passing('the server has no such range');
  }
  if (status === 429 || status >= 500) throw new Passing(`HTTP ${status}`);
  throw new EcapaError(
    'DOWNLOAD_FAILED',
    `${response.url}: the server answers ${status} ${response.statusText}.`,
  );
}

function describe(url: string, error: unknown): unknown {
  if (!(error instanceof Passing)) return error;
  const { reasons, isUnreachable } = requestFailure(error);
  const reason = [error.message, ...reasons].join(', ');
  return isUnreachable
    ? new EcapaError('OFFLINE', `${url}: the server cannot be reached (${reason}).`, { cause: error })
    : new EcapaError(
        'DOWNLOAD_FAILED',
        `${url}: the download failed (${reason}). What has arrived is kept: run the command again to go on.`,
        { cause: error },
      );
}
