import { EcapaError, isEcapaError } from '../errors.js';
import { type AudioInput, type ByteSource, inputError, openInput, throwIfCancelled } from './audio-input.js';
import type { BlockSource, DecodeOptions } from './audio-source.js';
import { playlistRefusal } from './playlist.js';
import { refusal } from './refusals.js';
import { PLAYLIST, SNIFF_BYTES, type Sniffed, sniff } from './sniff.js';
import { openWithSystemFfmpeg } from './system-ffmpeg.js';
import { isCutOff } from './truncation.js';
import { openWithWasm } from './wasm-decoder.js';

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
    const { head, sniffed, isCut } = lookAt(bytes);
    if (sniffed.kind === 'foreign') throw foreign(bytes.name, sniffed, head);
    throwIfCancelled(signal, bytes.name);
    const opening =
      ffmpegPath === undefined
        ? openWithWasm(bytes, options)
        : openWithSystemFfmpeg(bytes, ffmpegPath, options);
    const source = await opening.catch((error: unknown) => {
      throw isNotRecognised(error, sniffed) ? notRecognised(bytes.name, sniffed, isCut()) : error;
    });
    return { source, isCut };
  } catch (error) {
    bytes.close();
    throw error;
  }
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

function headOf(bytes: ByteSource): Uint8Array {
  const head = new Uint8Array(SNIFF_BYTES);
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
