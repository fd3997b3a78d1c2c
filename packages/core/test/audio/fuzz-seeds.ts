import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturePath } from '../reference.js';

/** A sound file to damage. */
export interface FuzzSeed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Larger ones would take most of the time and find nothing more. */
const LARGEST_BYTES = 80_000;

/** The committed fixtures, in every container that can be made, and files that are made here without a program. */
export function fuzzSeeds(): FuzzSeed[] {
  const committed = ['audio', 'clock'].flatMap((folder) =>
    readdirSync(fixturePath(folder))
      // An hour of silence before the audio is filled a thousand times over otherwise; late.* have a clock too.
      .filter((name) => !/\.(s16|json)$|^hour\./.test(name))
      .map((name) => ({ name, bytes: readFileSync(fixturePath(folder, name)) })),
  );
  const opus = readFileSync(fixturePath('audio', 'source.opus'));
  const vorbis = readFileSync(fixturePath('audio', 'source.vorbis.ogg'));
  return [
    ...committed,
    { name: 'own.dsf', bytes: dsf() },
    { name: 'own.chained.ogg', bytes: Buffer.concat([opus, vorbis]) },
  ].filter(({ bytes }) => bytes.length <= LARGEST_BYTES);
}

/** What ffmpeg and sox make besides; nothing of a program that is missing. */
export function programSeeds(): FuzzSeed[] {
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-fuzz-'));
  const made = (name: string, program: string, before: string[], after: string[] = []): FuzzSeed[] => {
    if (spawnSync(program, ['-h']).error !== undefined) return [];
    const path = join(folder, name);
    execFileSync(program, [...before, path, ...after], { stdio: 'ignore' });
    return [{ name, bytes: readFileSync(path) }];
  };
  const ffmpeg = (name: string, ...options: string[]): FuzzSeed[] =>
    made(name, 'ffmpeg', ['-f', 'lavfi', '-i', 'sine=440:d=0.4', '-bitexact', ...options]);
  try {
    return [
      ...ffmpeg('made.latm', '-c:a', 'aac', '-f', 'latm'),
      ...ffmpeg('made.opus.caf', '-c:a', 'libopus'),
      ...ffmpeg('made.3gp', '-c:a', 'aac'),
      ...ffmpeg('made.g722.wav', '-ar', '16000', '-c:a', 'g722'),
      ...made('made.8svx', 'sox', ['-R', '-n', '-r', '8000', '-c', '1'], ['synth', '0.4', 'sine', '300']),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** DSD at 64 times 44.1 kHz, one channel, two blocks of 4096 bytes. */
function dsf(): Buffer {
  const [head, format, data] = [28, 52, 12 + 2 * 4096];
  const file = Buffer.alloc(head + format + data, 0x69);
  file.write('DSD ', 0);
  file.writeBigUInt64LE(BigInt(head), 4);
  file.writeBigUInt64LE(BigInt(file.length), 12);
  file.writeBigUInt64LE(0n, 20);
  file.write('fmt ', head);
  file.writeBigUInt64LE(BigInt(format), head + 4);
  // Version, raw DSD, mono, 1 channel, rate, 1 bit a sample.
  for (const [i, value] of [1, 0, 1, 1, 2_822_400, 1].entries()) file.writeUInt32LE(value, head + 12 + 4 * i);
  file.writeBigUInt64LE(BigInt(8 * 2 * 4096), head + 36);
  file.writeUInt32LE(4096, head + 44);
  file.writeUInt32LE(0, head + 48);
  file.write('data', head + format);
  file.writeBigUInt64LE(BigInt(data), head + format + 4);
  return file;
}
