import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RATE = 16_000;

/** A 16-bit mono WAV file of `seconds` of what `sample` gives. */
export function wav(seconds: number, sample: (i: number) => number): Buffer {
  const count = Math.round(seconds * RATE);
  const bytes = Buffer.alloc(44 + 2 * count);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * count, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(2 * RATE, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * count, 40);
  for (let i = 0; i < count; i++)
    bytes.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, sample(i)))), 44 + 2 * i);
  return bytes;
}

/** Numbers in [-1, 1), the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Three kinds of sound that nobody could mistake for each other; `variant` makes them differ within. */
export const KINDS: Readonly<Record<string, (variant: number) => Buffer>> = {
  // A chord of steady tones.
  'organ pipes': (variant) => {
    const base = 220 * 2 ** ((variant * 5) / 12 / 3);
    return wav(1.5 + (variant % 4) / 4, (i) =>
      [1, 1.26, 1.5].reduce(
        (sum, ratio) => sum + 0.12 * Math.sin((2 * Math.PI * base * ratio * i) / RATE),
        0,
      ),
    );
  },
  // Steady noise.
  'heißer Dampf': (variant) => {
    const next = random(variant + 1);
    return wav(1.4 + (variant % 5) / 4, () => 0.25 * next());
  },
  // Ten short clicks a second, each ringing.
  клик: (variant) => {
    const next = random(variant + 100);
    const period = Math.round(RATE / (8 + (variant % 5)));
    return wav(1.6 + (variant % 3) / 4, (i) => 0.7 * Math.exp(-(i % period) / 60) * next());
  },
};

/** `count` clips of each kind in a sub-folder each, variants from `first` on. */
export function writeClips(folder: string, count: number, first = 0, kinds = Object.keys(KINDS)): void {
  for (const kind of kinds) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (let k = 0; k < count; k++) {
      writeFileSync(join(folder, kind, `${first + k}.wav`), KINDS[kind]?.(first + k) ?? '');
    }
  }
}
