/** A small seeded generator (mulberry32), so that a failing input can be made again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A damaged copy: bits flipped, bytes overwritten, cut, repeated, swapped or inserted, a few times over. */
export function mutate(bytes: Buffer, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  const below = (limit: number) => Math.floor(random() * Math.max(1, limit));
  for (let count = random() < 0.5 ? 1 : 2 + below(5); count > 0 && result.length > 0; count--) {
    const at = below(result.length);
    switch (below(7)) {
      case 0:
        result[at] = (result[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        result[at] = below(256);
        break;
      case 2:
        result = result.subarray(0, at);
        break;
      case 3: {
        const part = result.subarray(at, at + 1 + below(64));
        result = Buffer.concat([result.subarray(0, at), part, result.subarray(at)]);
        break;
      }
      case 4:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + below(16))]);
        break;
      case 5: {
        // Lengths are where parsers trust too much.
        const big = [0xff, 0x7f, 0x80, 0x00][below(4)] ?? 0xff;
        result.fill(big, at, Math.min(result.length, at + 1 + below(8)));
        break;
      }
      default: {
        const opcodes = Buffer.from(
          Array.from({ length: 1 + below(8) }, () => OPCODES[below(OPCODES.length)] ?? 0),
        );
        result = Buffer.concat([result.subarray(0, at), opcodes, result.subarray(at)]);
      }
    }
  }
  return result;
}

/** The pickle opcodes that call, build, repeat or jump. */
const OPCODES = Buffer.from(
  '(.012}]eabgioqrsutRQPchj)\x81\x82\x85\x86\x87\x8a\x8b\x8f\x90\x91\x92\x93\x94\x95\x96',
  'latin1',
);
