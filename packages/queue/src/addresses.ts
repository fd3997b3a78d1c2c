import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EcapaError, isEcapaError } from '@ecapa/core';
import { takeLogin, withoutPassword, writeError } from '@ecapa/core/host';
import type { Agent, Response } from 'undici';

/** Redirects that are followed, each only to an address that is allowed itself. */
const MAX_REDIRECTS = 5;
const IDLE_MILLISECONDS = 30_000;

interface AllowedPrefix {
  readonly url: URL;
  readonly login: { readonly authorization?: string };
}

/** The addresses that jobs may name: those that begin with one of these, which may hold the name and password to send there. */
export class AllowList {
  readonly #prefixes: readonly AllowedPrefix[];

  /** Throws RangeError for what is not an `http(s)://` address. */
  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes.map((text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !isHttp(url) || url.search !== '' || url.hash !== '')
        throw new RangeError(
          `allow: expected an address such as https://archive.example/audio/, got "${withoutPassword(text)}"`,
        );
      const login = takeLogin(url);
      return { url, login };
    });
  }

  /**
   * @throws EcapaError JOB_INVALID for every address but those allowed
   */
  check(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // Encoded slashes: a server may take them for real ones, and leave the allowed folder.
    const isPlain =
      url !== undefined && url.username === '' && url.password === '' && !/%2f|%5c/i.test(url.pathname);
    if (url !== undefined && isPlain && this.#prefixesOf(url).length > 0) return url;
    const shown = withoutPassword(text);
    throw new EcapaError(
      'JOB_INVALID',
      `${shown}: this worker may not read from this address. Start it with --allow and the beginning of it.`,
      { file: shown },
    );
  }

  /** What to send to an address that is allowed: the login of the longest prefix that has one. */
  loginFor(url: URL): AllowedPrefix['login'] {
    const withLogin = this.#prefixesOf(url).filter(({ login }) => login.authorization !== undefined);
    withLogin.sort((a, b) => b.url.pathname.length - a.url.pathname.length);
    return withLogin[0]?.login ?? {};
  }

  #prefixesOf(url: URL): AllowedPrefix[] {
    return this.#prefixes.filter(
      (prefix) => url.origin === prefix.url.origin && isBelow(url.pathname, prefix.url.pathname),
    );
  }
}

/** A folder ends at a slash: `/audio` allows `/audio` and `/audio/a.wav`, not `/audio-private`. */
function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

const FOLDER_PREFIX = 'ecapa-worker-';

/** A folder for downloads; those of workers of this machine that were killed are removed. */
export async function makeDownloadFolder(): Promise<string> {
  for (const name of await readdir(tmpdir()).catch((): string[] => [])) {
    const pid = Number(/^ecapa-worker-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`)).catch((cause: unknown) => {
    throw writeError(tmpdir(), cause);
  });
}

/** True when a process of this machine is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export interface FetchOptions {
  readonly allow: AllowList;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Downloads what is at an address. Returns its Last-Modified in milliseconds since 1970, 0 where the server does
 * not send it.
 *
 * @throws EcapaError JOB_INVALID, FILE_NOT_FOUND, PERMISSION_DENIED, TOO_LONG (more than `maxBytes`),
 *   DOWNLOAD_FAILED, CANCELLED, DISK_FULL, WRITE_FAILED
 */
export async function fetchFile(address: string, target: string, options: FetchOptions): Promise<number> {
  const { maxBytes } = options;
  // A signal of its own: where a job has lifted the limit of listeners on the caller's, fetch refuses it on Node 20.
  const signal = AbortSignal.any([options.signal]);
  const http = await import('./http-client.js');
  const dispatcher = new http.Agent({
    connect: { timeout: IDLE_MILLISECONDS },
    headersTimeout: IDLE_MILLISECONDS,
    bodyTimeout: IDLE_MILLISECONDS,
  });
  try {
    const response = await follow(address, { ...options, signal }, http.fetch, dispatcher);
    const declared = Number(response.headers.get('content-length') ?? 0);
    if (declared > maxBytes) throw tooLarge(address, maxBytes);
    if (response.body === null) throw new EcapaError('DOWNLOAD_FAILED', `${address}: the answer is empty.`);
    await pipeline(Readable.fromWeb(response.body), limit(address, maxBytes), createWriteStream(target), {
      signal,
    });
    const modified = Date.parse(response.headers.get('last-modified') ?? '');
    return Number.isFinite(modified) ? modified : 0;
  } catch (cause) {
    throw fetchError(address, target, cause, signal);
  } finally {
    await dispatcher.destroy().catch(() => undefined);
  }
}

async function follow(
  address: string,
  { allow, signal }: FetchOptions,
  fetch: typeof import('undici').fetch,
  dispatcher: Agent,
): Promise<Response> {
  let url = allow.check(address);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers = { 'accept-encoding': 'identity', ...allow.loginFor(url) };
    const response = await fetch(url, { redirect: 'manual', dispatcher, signal, headers });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = allow.check(URL.canParse(location, url.href) ? new URL(location, url).href : location);
      continue;
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw statusError(address, response.status);
  }
  throw new EcapaError('DOWNLOAD_FAILED', `${address}: it redirects more than ${MAX_REDIRECTS} times.`);
}

function statusError(address: string, status: number): EcapaError {
  const options = { file: address };
  if (status === 404 || status === 410)
    return new EcapaError('FILE_NOT_FOUND', `${address}: the server has no such file (${status}).`, options);
  if (status === 401 || status === 403)
    return new EcapaError(
      'PERMISSION_DENIED',
      `${address}: the server does not give it out (${status}). A name and password for it go into ECAPA_ALLOW of the workers.`,
      options,
    );
  return new EcapaError(
    'DOWNLOAD_FAILED',
    `${address}: the server answered ${status}. Try again later.`,
    options,
  );
}

/** Passes on what it gets, and fails at more than `maxBytes`. */
function limit(address: string, maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Uint8Array, _, done) => {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge(address, maxBytes));
      else done(null, chunk);
    },
  });
}

function tooLarge(address: string, maxBytes: number): EcapaError {
  const megabytes = Math.round(maxBytes / 1e6);
  return new EcapaError(
    'TOO_LONG',
    `${address}: larger than ${megabytes} MB. Start the worker with a larger --max-download.`,
    { file: address },
  );
}

function fetchError(address: string, target: string, cause: unknown, signal: AbortSignal): EcapaError {
  if (signal.aborted) return new EcapaError('CANCELLED', `${address}: cancelled.`, { file: address, cause });
  if (isEcapaError(cause)) return cause;
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (code !== undefined && (syscall === 'write' || syscall === 'open')) return writeError(target, cause);
  const inner = (cause as Error).cause;
  const reason = inner instanceof Error ? inner.message : (cause as Error).message;
  return new EcapaError('DOWNLOAD_FAILED', `${address}: it cannot be read (${reason}). Try again later.`, {
    file: address,
    cause,
  });
}
