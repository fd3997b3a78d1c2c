import { EcapaError } from '@ecapa/core';
import { Redis } from 'ioredis';

export interface ConnectionOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: string;
  /** Certificates (PEM) that the server's may be signed by, instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** How long to try to reach the server at first. Default 3. Once reached, it is waited for without end. */
  readonly patienceSeconds?: number | undefined;
  /** The connection was lost, or is there again. */
  readonly onConnection?: ((isConnected: boolean, reason: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const RETRY_MILLISECONDS = 250;
const MAX_RETRY_MILLISECONDS = 3000;

export interface Connection {
  readonly redis: Redis;
  /** Closes it; commands that wait for an answer reject. */
  close(): void;
}

/**
 * Connects to Redis (6.2 or later) or Valkey. While the connection is lost, commands wait until it is back.
 *
 * @throws TypeError for a wrong address; EcapaError QUEUE_UNAVAILABLE for a server that cannot be reached, does not
 *   accept the password, is too old, or may throw jobs away; CANCELLED
 */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const shown = shownAddress(options.url);
  const { patienceSeconds = 3, signal } = options;
  const deadline = performance.now() + patienceSeconds * 1000;
  let lastError: Error | undefined;
  let isOpen = false;
  const redis = new Redis(options.url, {
    lazyConnect: true,
    // Commands wait for the server as long as it takes; BullMQ requires it.
    maxRetriesPerRequest: null,
    connectTimeout: 10_000,
    retryStrategy: (times) => {
      if (!isOpen && (signal?.aborted || performance.now() > deadline || isFinal(lastError))) return null;
      return Math.min(RETRY_MILLISECONDS * times, MAX_RETRY_MILLISECONDS);
    },
    ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
  });
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      redis.once('ready', resolve);
      redis.once('end', () => reject(lastError ?? new Error('the connection was closed')));
      redis.connect().catch(() => undefined); // it is tried again until "end" is emitted
    });
    checkServer(await redis.info());
  } catch (cause) {
    redis.disconnect();
    if (signal?.aborted) throw new EcapaError('CANCELLED', `${shown}: cancelled.`);
    throw unavailable(shown, cause);
  }
  isOpen = true;
  let isConnected = true;
  let isClosing = false;
  redis.on('close', () => {
    if (isConnected && !isClosing)
      options.onConnection?.(false, lastError?.message ?? 'closed by the server');
    isConnected = false;
  });
  redis.on('ready', () => {
    if (!isConnected) options.onConnection?.(true, shown);
    isConnected = true;
  });
  const close = (): void => {
    isClosing = true;
    redis.disconnect();
  };
  return { redis, close };
}

/** An address without user and password. Throws TypeError for what is not an address of a Redis server. */
export function shownAddress(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError('queue: expected an address such as redis://localhost:6379 or rediss://host:6380');
  }
  if (!/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '')
    throw new TypeError(`queue: expected redis:// or rediss:// and a host, got ${parsed.protocol}//…`);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`;
}

/** What trying again does not change. */
function isFinal(error: Error | undefined): boolean {
  return (
    error !== undefined && /WRONGPASS|NOAUTH|NOPERM|invalid password|certificate|SSL|TLS/i.test(error.message)
  );
}

function checkServer(info: string): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = field('redis_version') ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (field('valkey_version') === undefined && (major < 6 || (major === 6 && minor < 2)))
    throw new Error(`it is Redis ${version}, and 6.2 or Valkey is needed`);
  const policy = field('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction' && field('maxmemory') !== '0') {
    throw new Error(
      `it throws keys away when its memory is full (maxmemory-policy ${policy}), and jobs with them; set it to noeviction`,
    );
  }
}

function unavailable(shown: string, cause: unknown): EcapaError {
  const reason = cause instanceof AggregateError ? cause.errors.map(messageOf).join('; ') : messageOf(cause);
  const advice = /WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(reason)
    ? 'Check user and password: redis://USER:PASSWORD@HOST.'
    : 'Check that Redis or Valkey runs there and that the address is right.';
  return new EcapaError('QUEUE_UNAVAILABLE', `${shown}: the queue cannot be used (${reason}). ${advice}`, {
    cause,
  });
}

/** What the server refuses to do for this user, as a typed error; anything else as it is. */
export function serverError(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return error;
  const advice = error.message.startsWith('NOPERM')
    ? `Give the user the keys bull:${name}:* and the commands of docs/queue.md.`
    : 'Check the memory, the settings and the log of the server.';
  const message = `${name}: the server of the queue refuses (${error.message}). ${advice}`;
  return new EcapaError('QUEUE_UNAVAILABLE', message, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
