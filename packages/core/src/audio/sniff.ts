import { mpegAudioFrame } from './mpeg-frames.js';
import { isPlaylist } from './playlist.js';

/** What the first bytes of an input look like. */
export interface Sniffed {
  /**
   * `media` may hold audio; `foreign` is known not to; `unknown` only the decoder can decide; `headless` is most likely
   * a part of a stream whose beginning is missing.
   */
  readonly kind: 'media' | 'foreign' | 'unknown' | 'headless';
  /** For messages, with its article: `a WAV file`, `plain text`. */
  readonly name: string;
  /** True for media that can be decoded as it comes, from its first byte to its last. */
  readonly streams?: true;
}

/** Pieces of a stream, which mean nothing without what came first. */
const WITHOUT_BEGINNING: readonly Rule[] = [
  [0, '\x1f\x43\xb6\x75', 'a piece of a WebM or Matroska stream'],
  [4, 'styp', 'a segment of an MP4 stream'],
  [4, 'moof', 'a segment of an MP4 stream'],
  [4, 'sidx', 'a segment of an MP4 stream'],
  [4, 'emsg', 'a segment of an MP4 stream'],
];

/** Bytes that `sniff` wants to see. */
export const SNIFF_BYTES = 4096;

/** What `sniff` calls a list of addresses or files. */
export const PLAYLIST = 'a playlist';

type Rule = readonly [offset: number, magic: string, name: string, streams?: 'streams'];

// Strings are Latin-1: one character a byte.
const MEDIA: readonly Rule[] = [
  [8, 'WAVE', 'a WAV file', 'streams'],
  [8, 'AVI ', 'an AVI file'],
  [0, 'riff\x2e\x91\xcf\x11', 'a Wave64 file', 'streams'],
  [0, 'fLaC', 'a FLAC file', 'streams'],
  [0, 'OggS', 'an Ogg file', 'streams'],
  [0, 'ID3', 'an MP3 file', 'streams'],
  [4, 'ftyp', 'an MP4 file'],
  [4, 'moov', 'a QuickTime file'],
  [4, 'mdat', 'a QuickTime file'],
  [4, 'wide', 'a QuickTime file'],
  [0, '\x1a\x45\xdf\xa3', 'a Matroska or WebM file', 'streams'],
  [8, 'AIFF', 'an AIFF file', 'streams'],
  [8, 'AIFC', 'an AIFF file', 'streams'],
  [8, '8SVX', 'an IFF file'],
  [0, 'caff', 'a CAF file'],
  [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'a Windows Media file', 'streams'],
  [0, '#!AMR', 'an AMR file', 'streams'],
  [0, '.snd', 'an AU file', 'streams'],
  [0, 'wvpk', 'a WavPack file', 'streams'],
  [0, 'MAC ', "a Monkey's Audio file"],
  [0, 'TTA1', 'a True Audio file', 'streams'],
  [0, 'tBaK', 'a TAK file'],
  [0, 'DSD ', 'a DSF file'],
  [0, 'MPCK', 'a Musepack file'],
  [0, 'MP+', 'a Musepack file'],
  [0, 'FLV\x01', 'a Flash video', 'streams'],
  [0, 'Creative Voice File', 'a VOC file', 'streams'],
  [0, '\x0b\x77', 'an AC-3 stream', 'streams'],
  [0, '\x7f\xfe\x80\x01', 'a DTS stream', 'streams'],
  [0, '\x00\x00\x01\xba', 'an MPEG programme stream', 'streams'],
];

/** Marks of QuickTime that stand in the middle of other files, too. */
const COMMON_WORDS: ReadonlySet<string> = new Set(['moov', 'mdat', 'wide']);

const FOREIGN: readonly Rule[] = [
  [0, '\x89PNG\r\n\x1a\n', 'a PNG image'],
  [0, '\xff\xd8\xff', 'a JPEG image'],
  [0, 'GIF8', 'a GIF image'],
  [8, 'WEBP', 'a WebP image'],
  [0, 'II*\x00', 'a TIFF image'],
  [0, 'MM\x00*', 'a TIFF image'],
  [0, '%PDF-', 'a PDF document'],
  [0, 'PK\x03\x04', 'a ZIP archive or office document'],
  [0, '\x1f\x8b\x08', 'a gzip archive'],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  [0, 'Rar!\x1a\x07', 'a RAR archive'],
  [0, '\xfd7zXZ\x00', 'an xz archive'],
  [0, '\x28\xb5\x2f\xfd', 'a Zstandard archive'],
  [257, 'ustar', 'a tar archive'],
  [0, '\x7fELF', 'a program'],
  [0, 'MZ\x90\x00', 'a program'],
  [0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an office document'],
  [0, '\x00asm', 'a WebAssembly module'],
  [0, 'SQLite format 3\x00', 'an SQLite database'],
  [0, 'MThd', 'a MIDI score, which holds notes and no sound'],
  [0, '\x80\x02', 'a Python pickle'],
  [0, '#EXTM3U', PLAYLIST], // also where its text is not UTF-8
  [0, '[playlist]', PLAYLIST],
];

/** Names content by its first bytes (give at least `SNIFF_BYTES` of them, or all). Never looks at names. */
export function sniff(head: Uint8Array): Sniffed {
  if (head.length === 0) return { kind: 'foreign', name: 'empty' };
  const media = MEDIA.find((rule) => matches(head, rule));
  if (media) {
    const streams = media[3] === 'streams' || indexComesFirst(head);
    return { kind: 'media', name: media[2], ...(streams ? { streams } : {}) };
  }
  const headless = WITHOUT_BEGINNING.find((rule) => matches(head, rule));
  if (headless) return { kind: 'headless', name: headless[2] };
  if (looksLikeUtf16(head)) return { kind: 'foreign', name: 'UTF-16 text' };
  if (looksLikeMpegAudio(head)) return { kind: 'media', name: 'an MPEG audio stream', streams: true };
  const foreign = FOREIGN.find((rule) => matches(head, rule));
  if (foreign) return { kind: 'foreign', name: foreign[2] };
  const text = textOf(head);
  if (text !== undefined) return { kind: 'foreign', name: textKind(text) };
  if (head[0] === 0x47 && head[188] === 0x47) {
    return { kind: 'media', name: 'an MPEG transport stream', streams: true };
  }
  return { kind: 'unknown', name: 'content of an unknown kind' };
}

/**
 * Of MP4 and QuickTime, whose boxes each begin with their length and name: true when the index of the audio, or of its
 * first piece, comes before the audio.
 */
function indexComesFirst(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (let at = 0; at + 8 <= head.length; ) {
    const name = String.fromCharCode(...head.subarray(at + 4, at + 8));
    if (name === 'moov') return true;
    if (!['ftyp', 'free', 'skip', 'wide', 'uuid', 'sidx', 'styp'].includes(name)) return false;
    at += Math.max(8, view.getUint32(at));
  }
  return false;
}

/** Where the first whole frame of MPEG audio begins in a part of a stream of them, as radio sends it; -1 where none does. */
export function firstMpegFrame(head: Uint8Array): number {
  for (let at = 0; at < head.length; at++) {
    const frame = mpegAudioFrame(head.subarray(at, at + 6));
    if (frame !== undefined && mpegAudioFrame(head.subarray(at + frame.bytes, at + frame.bytes + 6)))
      return at;
  }
  return -1;
}

/** Where in bytes that are no file media files may begin, by marks that other bytes hardly hold. */
export function* mediaBehind(bytes: Uint8Array): Generator<{ startBytes: number; name: string }> {
  for (let startBytes = 1; startBytes < bytes.length; startBytes++) {
    const rule = MEDIA.find((rule) => rule[1].length >= 4 && matches(bytes, rule, startBytes));
    if (rule !== undefined && !COMMON_WORDS.has(rule[1])) yield { startBytes, name: rule[2] };
  }
}

function matches(bytes: Uint8Array, [offset, magic]: Rule, startBytes = 0): boolean {
  const at = startBytes + offset;
  if (bytes.length < at + magic.length) return false;
  for (let i = 0; i < magic.length; i++) {
    if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}

/** A byte order mark, then Latin letters. The mark alone could begin an MPEG audio stream of layer I. */
function looksLikeUtf16(head: Uint8Array): boolean {
  const [first, second] = head;
  const zerosFrom = first === 0xff && second === 0xfe ? 3 : first === 0xfe && second === 0xff ? 2 : undefined;
  return zerosFrom !== undefined && head[zerosFrom] === 0 && head[zerosFrom + 2] === 0;
}

/** Eleven set bits, then a valid MPEG audio or ADTS header. */
function looksLikeMpegAudio(head: Uint8Array): boolean {
  const [sync, version = 0, rates = 0] = head;
  if (sync !== 0xff || (version & 0xe0) !== 0xe0) return false;
  if ((version & 0xf6) === 0xf0) return (rates & 0x3c) !== 0x3c; // ADTS: 15 is not a sample rate index
  const reservedVersion = (version & 0x18) === 0x08;
  const reservedLayer = (version & 0x06) === 0;
  const noBitRate = rates >> 4 === 15 || rates >> 4 === 0;
  const noSampleRate = (rates & 0x0c) === 0x0c;
  return !reservedVersion && !reservedLayer && !noBitRate && !noSampleRate;
}

/** The bytes as text if they are UTF-8 without control characters (a cut last character is forgiven). */
function textOf(head: Uint8Array): string | undefined {
  for (const byte of head) {
    const isLayout = byte === 9 || byte === 10 || byte === 12 || byte === 13 || byte === 27;
    if ((byte < 32 && !isLayout) || byte === 127) return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}

function textKind(text: string): string {
  const start = text.trimStart().slice(0, 200).toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'an HTML page';
  if (isPlaylist(text)) return PLAYLIST;
  if (start.startsWith('version https://git-lfs')) return 'a Git LFS pointer; fetch the file itself first';
  return 'plain text';
}
