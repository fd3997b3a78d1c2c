import { mpegAudioFrame } from './mpeg-frames.js';
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

/** Quiet PCM often begins with 0xff 0xff, as a frame of MPEG audio may; but there the next frame follows at the offset that its length gives. */
function secondFrame(head: Uint8Array): boolean {
  const length = mpegAudioFrame(head)?.bytes;
  if (length === undefined || length + 1 >= head.length) return false;
  // All of the sync word, and the same version, layer and sample rate.
  return (
    head[length] === 0xff &&
    ((head[length + 1] ?? 0) & 0xfe) === ((head[1] ?? 0) & 0xfe) &&
    (head.length <= length + 2 || ((head[length + 2] ?? 0) & 0x0c) === ((head[2] ?? 0) & 0x0c))
  );
}
