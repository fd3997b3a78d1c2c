import { EcapaError } from '../errors.js';
import { takeLogin, withoutPassword } from '../login.js';
import { checkProxyVariables } from './proxy.js';
import { requestFailure } from './request-failure.js';

/** Limits of a request for audio. */
export interface RemoteAudioOptions {
  readonly signal?: AbortSignal | undefined;
  /** More is not taken: a radio station never ends. Default 2 GiB. */
  readonly maximumBytes?: number | undefined;
  /** A server that sends nothing for so long has failed. Default 30. */
  readonly idleSeconds?: number | undefined;
  /** Refuse a radio station, which never ends, where all of the audio is waited for. Default false. */
  readonly mustEnd?: boolean | undefined;
  /** With `mustEnd`: called for audio of which the server gives no length, so that it may be a station or may end. */
  readonly onUnknownLength?: ((address: string) => void) | undefined;
}

interface AudioRequest {
  readonly url: string;
  readonly headers: { readonly authorization?: string };
}

/** True for what `remoteAudio` takes. */
export function isHttpAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/**
 * The bytes behind an `http:` or `https:` address, as an input for `Classifier`. The request is made when the bytes
 * are asked for. Nothing else in this project uses the network unless asked to, and no address is ever taken from
 * a file. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.
 *
 * Given as `{ bytes }` it is decoded while it arrives; then no limit of bytes is needed (`maximumBytes: Infinity`).
 *
 * Throws while it is read: `OFFLINE` (no server reached), `DOWNLOAD_FAILED`, `TOO_LONG` (more than `maximumBytes`, or a
 * station with `mustEnd`), `CANCELLED`. Throws `TypeError` at once for anything but such an address.
 */
export function remoteAudio(
  address: string | URL,
  options: RemoteAudioOptions = {},
): AsyncIterable<Uint8Array> {
  const text = String(address);
  if (!isHttpAddress(text))
    throw new TypeError(`address: expected an http: or https: address, got ${withoutPassword(text)}`);
  const request = requestOf(text);
  return {
    [Symbol.asyncIterator]() {
      const closing = new AbortController();
      const bytes = receive(request, options, closing.signal);
      return {
        next: () => bytes.next(),
        // Its return alone would wait for a server that has gone quiet.
        return: () => {
          closing.abort();
          return bytes.return();
        },
      };
    },
  };
}

/** Name and password go into a header: they are part of no message. */
function requestOf(address: string): AudioRequest {
  const url = new URL(address);
  const headers = takeLogin(url);
  return { url: withoutPassword(address), headers };
}

async function* receive(
  { url, headers }: AudioRequest,
  options: RemoteAudioOptions,
  closing: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, maximumBytes = 2 * 1024 ** 3, idleSeconds = 30 } = options;
  checkProxyVariables(process.env);
  const { EnvHttpProxyAgent, fetch } = await import('./http-client.js');
  const timeout = idleSeconds * 1000;
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout },
    headersTimeout: timeout,
    bodyTimeout: timeout,
  });
  try {
    // A signal of its own: where a job has lifted the limit of listeners on the caller's, fetch refuses it on Node 20.
    const own = AbortSignal.any([closing, ...(signal === undefined ? [] : [signal])]);
    const response = await fetch(url, { dispatcher, headers, signal: own });
    if (!response.ok || response.body === null) {
      const answer = [response.status, response.statusText].join(' ').trim();
      const advice = response.status >= 500 ? 'Try again later.' : 'Check the address.';
      throw new EcapaError('DOWNLOAD_FAILED', `${url}: the server answers ${answer}. ${advice}`);
    }
    if (options.mustEnd) {
      if (isStation(response.headers)) throw neverEnds(url);
      if (mayNeverEnd(response.headers)) options.onUnknownLength?.(url);
    }
    const declared = Number(response.headers.get('content-length') ?? 0);
    let received = 0;
    if (declared > maximumBytes) throw tooLong(url, maximumBytes);
    for await (const chunk of response.body) {
      received += chunk.length;
      if (received > maximumBytes) throw tooLong(url, maximumBytes);
      yield chunk;
    }
  } catch (error) {
    throw typed(url, error, signal);
  } finally {
    // Not close(): that would wait for content that is no longer read.
    await dispatcher.destroy().catch(() => undefined);
  }
}

function typed(url: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof EcapaError) return error;
  if (signal?.aborted) return new EcapaError('CANCELLED', `${url}: cancelled.`, { cause: error });
  const { reasons, isUnreachable } = requestFailure(error);
  const reason = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  return isUnreachable
    ? new EcapaError(
        'OFFLINE',
        `${url}: the server cannot be reached${reason}. Check the address and the network.`,
        {
          cause: error,
        },
      )
    : new EcapaError(
        'DOWNLOAD_FAILED',
        `${url}: the audio could not be fetched${reason}. Try again, or check the address.`,
        {
          cause: error,
        },
      );
}

type ResponseHeaders = Pick<Headers, 'keys' | 'has' | 'get'>;

/** Icecast and its like name themselves, or the station in headers of their own, and no length. */
function isStation(headers: ResponseHeaders): boolean {
  if (headers.has('content-length')) return false;
  const isRadioServer = /\b(icecast|shoutcast)\b/i.test(headers.get('server') ?? '');
  return isRadioServer || [...headers.keys()].some((name) => /^(icy|ice)-/.test(name));
}

/** No length and no ranges: what a server makes while it sends it. Only the end tells a programme from a station. */
function mayNeverEnd(headers: ResponseHeaders): boolean {
  const type = headers.get('content-type') ?? '';
  const isAudio = /^(audio\/|application\/ogg)/i.test(type) && !/mpegurl|scpls/i.test(type);
  const hasRanges = /\bbytes\b/i.test(headers.get('accept-ranges') ?? '');
  return isAudio && !hasRanges && !headers.has('content-length');
}

function neverEnds(url: string): EcapaError {
  return new EcapaError(
    'TOO_LONG',
    `${url}: this is a radio station, which never ends. Say how much of it is to be heard (limitSeconds, --limit), or take a timeline as it comes (--format csv or jsonl).`,
  );
}

function tooLong(url: string, maximumBytes: number): EcapaError {
  return new EcapaError(
    'TOO_LONG',
    `${url}: the server sends more than ${Math.floor(maximumBytes / 1024 ** 2)} MiB. Of a station that never ends, say how much is to be heard (limitSeconds, --limit).`,
  );
}
