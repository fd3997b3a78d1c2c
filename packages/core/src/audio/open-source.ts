import { EcapaError, isEcapaError } from '../errors.js';
import { type AudioInput, type ByteSource, inputError, openInput, throwIfCancelled } from './audio-input.js';
import type { BlockSource, DecodeOptions } from './audio-source.js';
import { playlistRefusal } from './playlist.js';
import { refusal } from './refusals.js';
import { mediaBehind, PLAYLIST, SNIFF_BYTES, type Sniffed, sniff } from './sniff.js';
import { openWithSystemFfmpeg } from './system-ffmpeg.js';
import { isCutOff } from './truncation.js';
import { openWithWasm } from './wasm-decoder.js';

/** A file is looked for behind no more bytes that do not belong to it. */
const MOST_JUNK_BYTES = 1 << 16;
/** Junk can hold marks of media by chance, but hardly more of them. */
const MOST_MARKS = 8;

/** An input whose decoder has understood it. */
export interface OpenSource {
  readonly source: BlockSource;
  /** True when the container shows that its end is missing; of a stream, known once it has been read. */
  isCut(): boolean;
}

/** Opens an input with the decoder for it. Throws what `decodeMono16k` throws before it gives blocks. */
export async function openSource(
  input: AudioInput | ByteSource,
  options: DecodeOptions,
): Promise<OpenSource> {
  const { signal, name, ffmpegPath, copyLimitBytes } = options;
  const needsPath = ffmpegPath !== undefined;
  const bytes = await openInput(input, { signal, name, needsPath, copyLimitBytes });
  try {
    return await openBytes(bytes, options);
  } catch (error) {
    bytes.close();
    throw error;
  }
}

async function openBytes(bytes: ByteSource, options: DecodeOptions): Promise<OpenSource> {
  const { signal, ffmpegPath } = options;
  const { head, sniffed, isCut } = lookAt(bytes);
  if (sniffed.kind === 'foreign') throw foreign(bytes.name, sniffed, head);
  throwIfCancelled(signal, bytes.name);
  try {
    const source =
      ffmpegPath === undefined
        ? await openWithWasm(bytes, options)
        : await openWithSystemFfmpeg(bytes, ffmpegPath, options);
    return { source, isCut };
  } catch (error) {
    if (!isNotRecognised(error, sniffed)) throw error;
    const isUnknown = sniffed.kind === 'unknown' && bytes.isDry === undefined;
    const behind = isUnknown ? await openBehind(bytes, options) : undefined;
    if (behind !== undefined) return behind;
    throw notRecognised(bytes.name, sniffed, isCut());
  }
}

/**
 * A file behind bytes that do not belong to it, such as the headers of a download. Frames are found by the decoder itself.
 * Undefined where there is none, or none that can be decoded; throws where an ffmpeg of the user's would have to find it.
 */
async function openBehind(bytes: ByteSource, options: DecodeOptions): Promise<OpenSource | undefined> {
  let marks = 0;
  for (const { startBytes, name } of mediaBehind(headOf(bytes, MOST_JUNK_BYTES))) {
    if (options.ffmpegPath !== undefined) {
      const reason = `${startBytes} bytes of an unknown kind before ${name}`;
      throw refusal('NOT_AUDIO', bytes.name, { reason });
    }
    const opened = await openBytes(from(bytes, startBytes), options).catch((error: unknown) => {
      if (isEcapaError(error) && (error.code === 'CANCELLED' || error.code === 'READ_FAILED')) throw error;
    });
    if (opened !== undefined) return opened;
    if (++marks === MOST_MARKS) break;
  }
  return undefined;
}

function from(bytes: ByteSource, startBytes: number): ByteSource {
  return {
    name: bytes.name,
    sizeBytes: bytes.sizeBytes - startBytes,
    path: undefined,
    readAt: (offset, into) => bytes.readAt(startBytes + offset, into),
    close: () => bytes.close(),
  };
}

function foreign(name: string, sniffed: Sniffed, head: Uint8Array): EcapaError {
  if (sniffed.name !== PLAYLIST) return refusal('NOT_AUDIO', name, { reason: sniffed.name });
  return new EcapaError('NOT_AUDIO', `${name}: ${playlistRefusal(head)}`, { file: name });
}

function lookAt(bytes: ByteSource): { head: Uint8Array; sniffed: Sniffed; isCut: () => boolean } {
  try {
    const head = headOf(bytes);
    const sniffed = sniff(head);
    if (bytes.isDry !== undefined) return { head, sniffed, isCut: () => isCutOff(bytes) };
    const isCut = isCutOff(bytes);
    return { head, sniffed, isCut: () => isCut };
  } catch (error) {
    throw inputError(bytes.name, error);
  }
}

function headOf(bytes: ByteSource, mostBytes = SNIFF_BYTES): Uint8Array {
  const head = new Uint8Array(mostBytes);
  let length = 0;
  for (let count = -1; count !== 0 && length < head.length; length += count) {
    count = bytes.readAt(length, head.subarray(length));
  }
  return head.subarray(0, length);
}

/** Random bytes are now and then taken for a film without sound. */
function isNotRecognised(error: unknown, { kind }: Sniffed): boolean {
  if (!isEcapaError(error)) return false;
  if (error.code === 'NOT_AUDIO') return true;
  return kind === 'headless' || (error.code === 'NO_AUDIO_STREAM' && kind === 'unknown');
}

function notRecognised(name: string, { kind, name: found }: Sniffed, isCut: boolean): EcapaError {
  if (kind === 'headless') {
    const reason = `it is ${found} without its beginning, which says how to read the rest; keep or put the first segment before it`;
    return refusal('CORRUPT_AUDIO', name, { reason });
  }
  if (kind !== 'media') return refusal('NOT_AUDIO', name, { reason: found });
  const reason = `it begins like ${found}${isCut ? ' and breaks off' : ''}`;
  return refusal('CORRUPT_AUDIO', name, { reason });
}
