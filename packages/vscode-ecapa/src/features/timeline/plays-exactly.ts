import { type FileHandle, open } from 'node:fs/promises';

/** An MPEG frame's header, side information and tag lie within these. */
const LOOK_BYTES = 4096;

/**
 * Whether a browser knows where each moment of a recording lies, by its first bytes: containers with an index or with
 * samples of one size. Of raw streams (ADTS, AC-3) and of MP3 with a variable or unknown bit rate it guesses, and plays
 * something else than the decoder has at a moment. False also for what cannot be read.
 */
export async function playsExactly(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const head = await read(file, 0);
    const at = id3Bytes(head);
    return at === 0 ? isIndexed(head) : isConstantMp3(await read(file, at));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, offset: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, offset);
  return buffer.subarray(0, bytesRead);
}

/** Length of an ID3v2 tag (https://id3.org/id3v2.4.0-structure, 3.1); 0 without one. */
function id3Bytes(head: Buffer): number {
  if (head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0);
  const hasFooter = ((head[5] ?? 0) & 0x10) !== 0;
  return 10 + size + (hasFooter ? 10 : 0);
}

function isIndexed(head: Buffer): boolean {
  const text = (from: number, to: number): string => head.toString('latin1', from, to);
  if (/^(RIFF|RF64)$/.test(text(0, 4))) return text(8, 12) === 'WAVE';
  if (text(0, 4) === 'fLaC' || text(0, 4) === 'OggS' || text(4, 8) === 'ftyp') return true;
  return isConstantMp3(head);
}

/** LAME and FFmpeg write an `Info` tag where others, of variable rate, have `Xing`; without a tag nothing is known. */
function isConstantMp3(head: Buffer): boolean {
  const isFrame = head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0 && ((head[1] ?? 0) & 0x06) === 0x02;
  return isFrame && head.subarray(0, 200).includes('Info', 0, 'latin1');
}
