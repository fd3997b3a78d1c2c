import { type Sniffed, sniff } from './sniff.js';

/** Magic numbers of two bytes, and marks that quiet PCM can begin with: these need more evidence than `sniff` asks for. */
const WEAK: ReadonlySet<string> = new Set([
  'an AC-3 stream',
  'a Python pickle',
  'UTF-16 text',
  'a gzip archive',
]);
/** Fewer bytes of printable text could be a few samples. */
const LEAST_TEXT_BYTES = 64;

/**
 * What bytes plainly are, where PCM is expected: an audio file in a container or codec of its own, or no audio at all.
 * Undefined where they may well be raw samples. Give at least `SNIFF_BYTES` of the beginning, or all there are.
 */
export function plainlyNotPcm(head: Uint8Array): Sniffed | undefined {
  const sniffed = sniff(head);
  const { kind, name } = sniffed;
  if (kind === 'unknown' || name === 'empty' || WEAK.has(name)) return undefined;
  if (name === 'an MPEG audio stream') return secondFrame(head) ? sniffed : undefined;
  if (name === 'an MPEG transport stream') return head[376] === 0x47 ? sniffed : undefined;
  if (name === 'a JPEG image')
    return /^[\xdb\xe0-\xef]$/.test(String.fromCharCode(head[3] ?? 0)) ? sniffed : undefined;
  if (name === 'plain text' && head.length < LEAST_TEXT_BYTES) return undefined;
  return sniffed;
}

/** Quiet PCM often begins with 0xff 0xff, as a frame of MPEG audio may; but there the next frame follows where its length says. */
function secondFrame(head: Uint8Array): boolean {
  const length = (head[1] ?? 0) & 0x06 ? mpegFrameBytes(head) : adtsFrameBytes(head);
  if (length === undefined || length + 1 >= head.length) return false;
  // All of the sync word, and the same version, layer and sample rate.
  return (
    head[length] === 0xff &&
    ((head[length + 1] ?? 0) & 0xfe) === ((head[1] ?? 0) & 0xfe) &&
    (head.length <= length + 2 || ((head[length + 2] ?? 0) & 0x0c) === ((head[2] ?? 0) & 0x0c))
  );
}

/** ISO/IEC 14496-3, 1.A.2.2: thirteen bits across three bytes. */
function adtsFrameBytes(head: Uint8Array): number | undefined {
  const [, , , b3 = 0, b4 = 0, b5 = 0] = head;
  const bytes = ((b3 & 0x03) << 11) | (b4 << 3) | (b5 >> 5);
  return bytes >= 7 ? bytes : undefined;
}

/** Kilobits a second by index from 1; ISO/IEC 11172-3, 2.4.2.3 and 13818-3, 2.4.2.3. */
const BIT_RATES = {
  'MPEG 1, layer 1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  'MPEG 1, layer 2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  'MPEG 1, layer 3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  'MPEG 2, layer 1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  'MPEG 2, layer 2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  'MPEG 2, layer 3': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const SAMPLE_RATES_HZ = [44_100, 48_000, 32_000];

function mpegFrameBytes(head: Uint8Array): number | undefined {
  const [, version = 0, rates = 0] = head;
  const isFirst = (version & 0x18) === 0x18;
  const divisor = isFirst ? 1 : (version & 0x18) === 0x10 ? 2 : 4;
  const layer = (4 - ((version >> 1) & 0x03)) as 1 | 2 | 3;
  const kilobits = BIT_RATES[`MPEG ${isFirst ? 1 : 2}, layer ${layer}`][(rates >> 4) - 1];
  const rate = SAMPLE_RATES_HZ[(rates >> 2) & 0x03];
  if (kilobits === undefined || rate === undefined) return undefined;
  const padding = (rates >> 1) & 1;
  const bitsPerSecond = 1000 * kilobits;
  const sampleRate = rate / divisor;
  if (layer === 1) return 4 * (Math.floor((12 * bitsPerSecond) / sampleRate) + padding);
  const samplesPerByte = layer === 3 && !isFirst ? 72 : 144;
  return Math.floor((samplesPerByte * bitsPerSecond) / sampleRate) + padding;
}
