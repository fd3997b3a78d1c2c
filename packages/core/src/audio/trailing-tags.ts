import type { ByteSource } from './audio-input.js';

type Bytes = Pick<ByteSource, 'sizeBytes' | 'readAt'>;

const MOST_TAGS = 8;
/** As long as Lyrics3 version 1 can be (id3.org, "Lyrics3"). */
const LONGEST_LYRICS_BYTES = 5100 + 20;

/**
 * Where the frames of an MPEG audio stream end: before tags of the kinds ID3v1, Lyrics3 and APE. A decoder that goes
 * on into their text takes it for a damaged frame. Other files end at their end.
 */
export function endOfFrames(bytes: Bytes): number {
  if (!isMpegAudio(bytes)) return bytes.sizeBytes;
  let end = bytes.sizeBytes;
  for (let tags = 0; tags < MOST_TAGS; tags++) {
    const length = trailingTagBytes(bytes, end);
    if (length === 0 || length > end) break;
    end -= length;
  }
  return end;
}

function isMpegAudio(bytes: Bytes): boolean {
  const head = latin1(bytes, 0, 3);
  return head === 'ID3' || (head.charCodeAt(0) === 0xff && (head.charCodeAt(1) & 0xe0) === 0xe0);
}

/** Length of the tag that ends at `end`; 0 where none does. */
function trailingTagBytes(bytes: Bytes, end: number): number {
  if (latin1(bytes, end - 128, 3) === 'TAG') return 128;
  const footer = latin1(bytes, end - 32, 32);
  if (footer.startsWith('APETAGEX')) {
    const view = new DataView(Uint8Array.from(footer, (character) => character.charCodeAt(0)).buffer);
    // The size counts the footer, not the header, whose presence a flag shows.
    const hasHeader = view.getUint32(20, true) >= 0x80000000;
    return view.getUint32(12, true) + (hasHeader ? 32 : 0);
  }
  const mark = latin1(bytes, end - 15, 15);
  if (/^\d{6}LYRICS200$/.test(mark)) {
    const length = Number(mark.slice(0, 6)) + 15;
    return latin1(bytes, end - length, 11) === 'LYRICSBEGIN' ? length : 0;
  }
  if (mark.endsWith('LYRICSEND')) {
    const from = Math.max(0, end - LONGEST_LYRICS_BYTES);
    const begin = latin1(bytes, from, end - from).lastIndexOf('LYRICSBEGIN');
    return begin < 0 ? 0 : end - from - begin;
  }
  return 0;
}

function latin1(bytes: Bytes, offset: number, length: number): string {
  if (offset < 0) return '';
  const into = new Uint8Array(length);
  const count = bytes.readAt(offset, into);
  return String.fromCharCode(...into.subarray(0, Math.max(0, count)));
}
