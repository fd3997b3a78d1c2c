import { gunzipSync, inflateSync } from 'node:zlib';
import { EcapaError } from '../../errors.js';

/** What is unpacked may be this many times the file's size, and is never refused under 16 MiB. */
const EXPANSION_FACTOR = 8;
const MIN_EXPANSION_BYTES = 16 << 20;

/** Compressions that joblib.dump offers and this program does not read, by their first bytes. */
const UNREAD: ReadonlyArray<readonly [string, string]> = [
  ['BZh', 'bz2'],
  ['\xfd7zXZ', 'xz'],
  [']\0\0', 'lzma'],
  ['\x04"M\x18', 'lz4'],
];

/**
 * The pickle inside a file of joblib.dump: as it is, or unpacked when it was compressed with zlib or gzip.
 * Throws `PICKLE_INVALID` for other compressions, for damage and for what unpacks to far more than its size.
 */
export function unpackJoblib(bytes: Uint8Array, file: string): Uint8Array {
  const start = Buffer.from(bytes.subarray(0, 8)).toString('latin1');
  const unread = UNREAD.find(([magic]) => start.startsWith(magic));
  if (unread) {
    throw new EcapaError(
      'PICKLE_INVALID',
      `${file}: it is compressed with ${unread[1]}, which is not read here. ` +
        'Save it again where Python is: joblib.dump(joblib.load(FILE), FILE, compress="zlib")',
      { file },
    );
  }
  const isGzip = start.startsWith('\x1f\x8b');
  // A zlib header: method 8 and a check that makes the first two bytes divide by 31.
  const isZlib = start.startsWith('x') && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;
  if (!isGzip && !isZlib) return bytes;
  const maxOutputLength = Math.max(MIN_EXPANSION_BYTES, EXPANSION_FACTOR * bytes.length);
  try {
    return isGzip ? gunzipSync(bytes, { maxOutputLength }) : inflateSync(bytes, { maxOutputLength });
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? 'it unpacks to far more than its size'
        : `its ${isGzip ? 'gzip' : 'zlib'} data is damaged`;
    throw new EcapaError(
      'PICKLE_INVALID',
      `${file}: ${reason}. Copy the file again from where it came from.`,
      {
        file,
        cause,
      },
    );
  }
}
