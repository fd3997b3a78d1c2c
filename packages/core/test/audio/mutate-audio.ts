/** Where a file's own sizes, counts and offsets stand, in most formats. */
const HEADER_BYTES = 1024;

/** Numbers that parsers trust too much. */
const EDGES = [0, 1, 7, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];

/**
 * A damaged copy of an audio file: bits flipped, bytes overwritten, pieces cut out, cut off, repeated or taken from
 * another file, and numbers put where sizes stand; a few times over.
 *
 * @param other what spliced pieces are taken from
 */
export function mutateAudio(bytes: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * Math.max(1, limit));
  let result: Uint8Array = Uint8Array.from(bytes);
  // Half of the damage goes where it is understood: into the headers.
  const place = (): number => below(random() < 0.5 ? Math.min(HEADER_BYTES, result.length) : result.length);
  for (let times = random() < 0.5 ? 1 : 2 + below(6); times > 0 && result.length > 0; times--) {
    const at = place();
    switch (below(8)) {
      case 0:
        for (let flips = 1 + below(8); flips > 0; flips--) flipBit(result, place(), below(8));
        break;
      case 1:
        for (let i = at; i < Math.min(result.length, at + 1 + below(300)); i++) result[i] = below(256);
        break;
      case 2:
        result.fill(random() < 0.5 ? 0xff : 0, at, Math.min(result.length, at + 1 + below(200)));
        break;
      case 3:
        result = result.subarray(0, at);
        break;
      case 4:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + below(2000))]);
        break;
      case 5:
        result = spliced(result, at, result, below);
        break;
      case 6:
        result = spliced(result, at, other, below);
        break;
      default:
        editNumber(result, sizePlace(result, at), random, below);
    }
  }
  return result;
}

function flipBit(bytes: Uint8Array, at: number, bit: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
}

/** A piece of `from` put in at `at`, or in the place of as many bytes. */
function spliced(
  bytes: Uint8Array,
  at: number,
  from: Uint8Array,
  below: (limit: number) => number,
): Uint8Array {
  const start = below(from.length);
  const piece = from.subarray(start, start + 1 + below(2000));
  return Buffer.concat([
    bytes.subarray(0, at),
    piece,
    bytes.subarray(at + (below(2) === 0 ? 0 : piece.length)),
  ]);
}

/** The number beside the next four-letter name (RIFF has sizes behind it, MP4 before), or else `at` itself. */
function sizePlace(bytes: Uint8Array, at: number): number {
  const isLetter = (i: number): boolean => {
    const byte = bytes[i] ?? 0;
    return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x20;
  };
  for (let i = at; i < Math.min(bytes.length - 8, at + HEADER_BYTES); i++) {
    if (![0, 1, 2, 3].every((k) => isLetter(i + k))) continue;
    return at % 2 === 0 ? i + 4 : Math.max(0, i - 4);
  }
  return at;
}

/** Writes a number of 1 to 8 bytes, big-endian or little: an extreme one, or one near what stands there. */
function editNumber(
  bytes: Uint8Array,
  at: number,
  random: () => number,
  below: (limit: number) => number,
): void {
  const width = Math.min([1, 2, 4, 4, 4, 8][below(6)] ?? 4, bytes.length - at);
  if (width <= 0) return;
  const places = Array.from({ length: width }, (_, i) => at + i);
  if (random() < 0.5) places.reverse(); // now the least significant byte comes first
  let value =
    random() < 0.6
      ? BigInt(EDGES[below(EDGES.length)] ?? 0)
      : places.reduceRight((sum, i) => sum * 256n + BigInt(bytes[i] ?? 0), 0n) + BigInt(below(33) - 16);
  for (const i of places) {
    bytes[i] = Number(BigInt.asUintN(8, value));
    value >>= 8n;
  }
}
