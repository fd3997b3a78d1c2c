import { pathOfAddress } from './native-path.js';

/** An input in the fewest forms. */
export interface PlainInput {
  readonly input: string | Uint8Array | (AsyncIterable<Uint8Array> & { readonly byteLength?: number });
  /** What it calls itself: a path, or the name of a `File`. */
  readonly name?: string;
}

/**
 * An input as a path, bytes or a stream; undefined when it is something else.
 *
 * @throws TypeError for an empty path, an address, and a URL that leads to no file
 */
export function plainInput(input: unknown): PlainInput | undefined {
  if (input instanceof URL) return plainInput(pathOfUrl(input));
  if (typeof input === 'string') {
    if (input === '') throw new TypeError('input: the path is empty');
    if (/^file:\/\//i.test(input)) return plainInput(pathOfUrl(new URL(input)));
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(input)) throw notFetched(input);
    return { input, name: input };
  }
  if (input instanceof Uint8Array) return { input };
  if (input instanceof ArrayBuffer) return { input: new Uint8Array(input) };
  if (input instanceof Blob) {
    const bytes = Object.assign(input.stream() as unknown as AsyncIterable<Uint8Array>, {
      byteLength: input.size,
    });
    return { input: bytes, ...(input instanceof File && { name: input.name }) };
  }
  return isStream(input) ? { input } : undefined;
}

function isStream(input: unknown): input is AsyncIterable<Uint8Array> {
  return typeof input === 'object' && input !== null && Symbol.asyncIterator in input;
}

function pathOfUrl(url: URL): string {
  try {
    if (url.protocol === 'file:') return pathOfAddress(url);
  } catch (cause) {
    throw new TypeError(`input: ${url} leads to no path on this machine`, { cause });
  }
  throw notFetched(url.href);
}

/** A path may come from anywhere, and must not become a request: addresses are asked for by name. */
function notFetched(address: string): TypeError {
  const advice = /^https?:/i.test(address)
    ? 'Give { bytes: remoteAudio(address) } for what is heard while it comes, or remoteAudio(address) for what is copied first.'
    : 'Have another program fetch it, and give { bytes: its output }.';
  const scheme = address.slice(0, address.indexOf(':') + 1);
  return new TypeError(`input: expected a path or a file: URL, got an address (${scheme}). ${advice}`);
}
