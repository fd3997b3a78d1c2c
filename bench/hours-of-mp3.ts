/** Hours of MP3 in no time: frames that do not depend on one another, repeated. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSamples } from './page/setting.js';

const BYTES_PER_SECOND = 16_000;

interface Round {
  readonly bytes: Buffer;
  /** Files of so many seconds, cut from it. */
  clips(seconds: number): string[];
}

/** The sample clips as MP3, 44.1 kHz stereo at 128 kbit/s. Needs a system ffmpeg. */
export function encodeRound(folder: string): Round {
  const path = join(folder, 'round.mp3');
  encodeSamples(1, '-b:a', '128k', '-reservoir', '0', '-write_xing', '0', '-id3v2_version', '0', path);
  const bytes = readFileSync(path);
  return {
    bytes,
    clips: (seconds) =>
      Array.from({ length: Math.floor(bytes.length / (seconds * BYTES_PER_SECOND)) }, (_, i) => {
        const clip = join(folder, `clip-${i}.mp3`);
        writeFileSync(
          clip,
          bytes.subarray(i * seconds * BYTES_PER_SECOND, (i + 1) * seconds * BYTES_PER_SECOND),
        );
        return clip;
      }),
  };
}

/** So many hours of it. */
export function writeHours(path: string, round: Buffer, hours: number): void {
  const repeats = Math.ceil((3600 * hours * BYTES_PER_SECOND) / round.length);
  writeFileSync(path, '');
  for (let i = 0; i < repeats; i++) appendFileSync(path, round);
}
