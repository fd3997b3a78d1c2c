import { join } from 'node:path';
import { decodeMono16k } from '@ecapa/core';

export const RATE_HZ = 16_000;

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');

/** Seconds of a sample clip as 16-bit PCM, over and over where it is shorter. */
export async function samplesOf(name: string, seconds: number): Promise<Int16Array> {
  const { blocks } = await decodeMono16k(join(SAMPLES, name));
  const all: number[] = [];
  for await (const block of blocks) for (const value of block) all.push(value);
  const length = seconds * RATE_HZ;
  return Int16Array.from({ length }, (_, i) => 32_767 * Math.max(-1, Math.min(1, all[i % all.length] ?? 0)));
}

/** The header of a WAV file with this many 16-bit samples at 16 kHz. */
export function wavHeader(samples: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 2 * samples, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE_HZ, 24);
  header.writeUInt32LE(2 * RATE_HZ, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(2 * samples, 40);
  return header;
}
