import type { ByteSource } from './audio-input.js';

type Bytes = Pick<ByteSource, 'sizeBytes' | 'readAt'>;

/**
 * True when the container itself shows that its end is missing: it promises more bytes than there are, or
 * (Ogg) does not end with a complete last page. Decoders mostly take such a file for a shorter one. Bare
 * streams of frames (MP3, AAC, AC-3, MPEG-TS) promise nothing and give false, as do live recordings, whose
 * sizes are placeholders.
 */
export function isCutOff(input: Bytes): boolean {
  const head = bytesAt(input, 0, 64);
  const magic = (offset: number): string => latin1(head, offset, 4);
  if (magic(0) === 'OggS') return oggIsCutOff(input);
  const promised = promisedBytes(input, head, magic);
  // One byte short is a missing pad byte, which no sample needs.
  return promised !== undefined && promised > input.sizeBytes + 1;
}

function promisedBytes(input: Bytes, head: DataView, magic: (offset: number) => string): number | undefined {
  if (magic(8) === 'WAVE') return wavBytes(input);
  if (magic(0) === 'RIFF') return sized(head, 4, 8);
  if (magic(0) === 'FORM') return sized(head, 4, 8, false);
  if (magic(0) === '.snd') return sized(head, 8, word(head, 4), false);
  // Its chunks are padded to 8 bytes, the last one not by every writer.
  if (magic(0) === 'riff') return doubleWord(head, 16) - 7;
  if (magic(0) === 'caff') return cafBytes(input);
  if (MP4_FIRST_BOXES.has(magic(4))) return mp4Bytes(input);
  if (word(head, 0) === 0x1a45dfa3) return matroskaBytes(input);
  if (word(head, 0) === 0x3026b275) return asfBytes(input);
  return undefined;
}

/** Chunks of WAV up to `data`. RIFF's own size is often wrong, the data chunk's seldom. */
function wavBytes(input: Bytes): number | undefined {
  let dataBytes64: number | undefined;
  for (let at = 12, chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const chunk = bytesAt(input, at, 24);
    if (chunk.byteLength < 8) return undefined;
    const size = word(chunk, 4, true);
    const kind = latin1(chunk, 0, 4);
    if (kind === 'ds64') dataBytes64 = doubleWord(chunk, 16);
    if (kind === 'data') {
      if (dataBytes64 !== undefined && size === 0xffffffff) return at + 8 + dataBytes64;
      return sized(chunk, 4, at + 8);
    }
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/** A 32-bit size that counts from `from`; undefined for what writers put when they cannot know it. */
function sized(view: DataView, offset: number, from: number, littleEndian = true): number | undefined {
  const size = word(view, offset, littleEndian);
  const isPlaceholder = size === 0 || size === 0xffffffff || (size >= 0x7ffff000 && size <= 0x7fffffff);
  return isPlaceholder ? undefined : from + size;
}

function cafBytes(input: Bytes): number | undefined {
  for (let at = 8, chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const chunk = bytesAt(input, at, 12);
    // The file must hold the last chunk whole.
    if (chunk.byteLength < 12) return at;
    const size = doubleWord(chunk, 4, false);
    if (size < 0 || size > Number.MAX_SAFE_INTEGER) return undefined;
    at += 12 + size;
  }
  return undefined;
}

const MP4_FIRST_BOXES = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip']);

function mp4Bytes(input: Bytes): number | undefined {
  for (let at = 0, boxes = 0; boxes < MAX_CHUNKS; boxes++) {
    const box = bytesAt(input, at, 16);
    if (box.byteLength < 8) return at;
    const size = word(box, 0);
    if (size === 0) return undefined; // up to the end of the file
    const bytes = size === 1 ? doubleWord(box, 8, false) : size;
    if (bytes < 8) return undefined;
    at += bytes;
  }
  return undefined;
}

/** EBML header, then one Segment, whose size is all ones when it was not known. */
function matroskaBytes(input: Bytes): number | undefined {
  const header = bytesAt(input, 4, 8);
  const headerSize = ebmlNumber(header, 0);
  if (headerSize?.value === undefined) return undefined;
  const segmentAt = 4 + headerSize.bytes + headerSize.value;
  const segment = bytesAt(input, segmentAt, 12);
  if (word(segment, 0) !== 0x18538067) return undefined;
  const size = ebmlNumber(segment, 4);
  return size?.value === undefined ? undefined : segmentAt + 4 + size.bytes + size.value;
}

/** Matroska's number of 1 to 8 bytes; without a value when it means "unknown". */
function ebmlNumber(view: DataView, offset: number): { bytes: number; value?: number } | undefined {
  if (offset >= view.byteLength) return undefined;
  const first = view.getUint8(offset);
  const bytes = Math.clz32(first) - 23;
  if (bytes > 8 || offset + bytes > view.byteLength) return undefined;
  let value = first & (0xff >> bytes);
  let isUnknown = value === 0xff >> bytes;
  for (let i = 1; i < bytes; i++) {
    const byte = view.getUint8(offset + i);
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return isUnknown ? { bytes } : { bytes, value };
}

/** The file size in ASF's File Properties object, unless its broadcast flag marks it as not valid. */
function asfBytes(input: Bytes): number | undefined {
  for (let at = 30, objects = 0; objects < MAX_CHUNKS; objects++) {
    const object = bytesAt(input, at, 92);
    if (object.byteLength < 92) return undefined;
    if (word(object, 0) === 0xa1dcab8c && word(object, 4) === 0x47a9cf11) {
      const isBroadcast = (word(object, 88, true) & 1) === 1;
      return isBroadcast ? undefined : doubleWord(object, 40);
    }
    at += Math.max(24, doubleWord(object, 16));
  }
  return undefined;
}

/** A whole Ogg file ends with a complete page that carries the end-of-stream flag. */
function oggIsCutOff(input: Bytes): boolean {
  const from = Math.max(0, input.sizeBytes - OGG_TAIL_BYTES);
  const tail = bytesAt(input, from, OGG_TAIL_BYTES);
  for (let at = tail.byteLength - 4; at >= 0; at--) {
    if (word(tail, at) !== 0x4f676753) continue;
    const segments = at + 27 <= tail.byteLength ? tail.getUint8(at + 26) : Number.POSITIVE_INFINITY;
    if (at + 27 + segments > tail.byteLength) return true;
    let end = at + 27 + segments;
    for (let i = 0; i < segments; i++) end += tail.getUint8(at + 27 + i);
    const isLast = (tail.getUint8(at + 5) & 4) !== 0;
    return !isLast || end > tail.byteLength;
  }
  return false;
}

/** A page of Ogg has at most 65307 bytes. */
const OGG_TAIL_BYTES = 2 * 65307;
/** Chunks looked at before giving up: enough for any tagged file, and a hostile one cannot continue without end. */
const MAX_CHUNKS = 4096;

function bytesAt(input: Bytes, offset: number, length: number): DataView {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, input.sizeBytes - offset)));
  const got = bytes.length === 0 ? 0 : input.readAt(offset, bytes);
  return new DataView(bytes.buffer, 0, got);
}

function word(view: DataView, offset: number, littleEndian = false): number {
  return offset + 4 <= view.byteLength ? view.getUint32(offset, littleEndian) : 0;
}

function doubleWord(view: DataView, offset: number, littleEndian = true): number {
  return offset + 8 <= view.byteLength ? Number(view.getBigInt64(offset, littleEndian)) : 0;
}

function latin1(view: DataView, offset: number, length: number): string {
  if (offset + length > view.byteLength) return '';
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, length));
}
