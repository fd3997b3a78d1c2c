/** Processor time of decoding: from a file to mono at 16 kHz, beside native ffmpeg's for decoding the same file. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeMono16k } from '@ecapa/core';
import { compare, processorSeconds, type Row, skipped } from './compare.js';
import { encodeSamples, ffmpegSeconds, NO_FFMPEG, type Setting } from './setting.js';

const FORMATS = {
  MP3: ['mp3', ['-c:a', 'libmp3lame', '-b:a', '192k']],
  AAC: ['m4a', ['-c:a', 'aac', '-b:a', '128k']],
  Opus: ['opus', ['-ar', '48000', '-c:a', 'libopus', '-b:a', '96k']],
  Vorbis: ['ogg', ['-c:a', 'libvorbis', '-q:a', '5']],
  FLAC: ['flac', ['-c:a', 'flac']],
  WAV: ['wav', ['-c:a', 'pcm_s16le']],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

/** So many times the sample recordings: short files cost what starts with them. */
const TIMES = 8;
const ROUNDS = 3;

async function seconds(decode: typeof decodeMono16k, path: string): Promise<number> {
  return processorSeconds(async () => {
    const { blocks } = await decode(path);
    for await (const _ of blocks);
  });
}

export async function decoding({ folder, before, hasFfmpeg }: Setting): Promise<Row[]> {
  if (!hasFfmpeg) return [skipped('decoding', NO_FFMPEG)];
  const rows: Row[] = [];
  const other = before === undefined ? undefined : await decoderOf(before);
  for (const [name, [extension, codec]] of Object.entries(FORMATS)) {
    const path = join(folder, `decoding.${extension}`);
    encodeSamples(TIMES, ...codec, path);
    const what = `decoding ${name}, 44.1 kHz stereo, to mono at 16 kHz`;
    const ours = () => seconds(decodeMono16k, path);
    const oursIs = (value: number): string => `${value.toFixed(2)} s`;
    rows.push(
      await compare({
        what,
        ours,
        peer: () => ffmpegSeconds(path),
        oursIs,
        peerIs: (value) => `native ffmpeg, decoding alone, ${value.toFixed(2)} s`,
        rounds: ROUNDS,
      }),
    );
    if (other === undefined) continue;
    rows.push(
      await compare({
        what,
        ours,
        peer: () => seconds(other, path),
        oursIs,
        peerIs: (value) => `${before}, ${value.toFixed(2)} s`,
        rounds: ROUNDS,
      }),
    );
  }
  return rows;
}

async function decoderOf(checkout: string): Promise<typeof decodeMono16k> {
  const core = await import(pathToFileURL(join(checkout, 'packages/core/dist/index.js')).href);
  return core.decodeMono16k;
}
