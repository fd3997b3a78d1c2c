/**
 * What decoding costs: processor time from a file to mono at 16 kHz, against native ffmpeg's for decoding the same
 * file, in one run. Prints a line a format: how many times faster than real time, and the ratio.
 *
 *   npx tsx bench/decoding.ts [MINUTES]            needs an ffmpeg program with the encoders named below
 *
 * `ECAPA_CORE=FOLDER` measures another checkout's `packages/core/dist` in the same run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Decode = (path: string) => Promise<{ readonly blocks: AsyncIterable<Float32Array> }>;

const FORMATS = {
  'mp3 44.1 kHz stereo': ['mp3', ['-ar', '44100', '-ac', '2', '-c:a', 'libmp3lame', '-b:a', '192k']],
  'aac 44.1 kHz stereo': ['m4a', ['-ar', '44100', '-ac', '2', '-c:a', 'aac', '-b:a', '128k']],
  'opus 48 kHz stereo': ['opus', ['-ar', '48000', '-ac', '2', '-c:a', 'libopus', '-b:a', '96k']],
  'vorbis 44.1 kHz stereo': ['ogg', ['-ar', '44100', '-ac', '2', '-c:a', 'libvorbis', '-q:a', '5']],
  'flac 44.1 kHz stereo': ['flac', ['-ar', '44100', '-ac', '2', '-c:a', 'flac']],
  'wav 44.1 kHz stereo': ['wav', ['-ar', '44100', '-ac', '2', '-c:a', 'pcm_s16le']],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

const ROUNDS = 3;
const minutes = Number(process.argv[2] ?? 10);
const samples = fileURLToPath(new URL('../test/fixtures/samples/', import.meta.url));

/** Processor seconds of the fastest of some runs. */
async function fastest(run: () => Promise<number> | number): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) seconds.push(await run());
  return Math.min(...seconds);
}

async function decodeSeconds(decode: Decode, path: string): Promise<number> {
  const start = process.cpuUsage();
  const { blocks } = await decode(path);
  for await (const _ of blocks);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** What `ffmpeg -benchmark` reports for decoding a file to nothing. */
function nativeSeconds(path: string): number {
  const { stderr } = spawnSync(
    'ffmpeg',
    ['-benchmark', '-hide_banner', '-nostdin', '-threads', '1', '-i', path, '-f', 'null', '-'],
    { encoding: 'utf8' },
  );
  const found = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
  if (found === null) throw new Error(`ffmpeg gave no times for ${path}`);
  return Number(found[1]) + Number(found[2]);
}

async function load(dist: URL): Promise<Decode> {
  const core = (await import(new URL('index.js', dist).href)) as { readonly decodeMono16k: Decode };
  return core.decodeMono16k;
}

if (spawnSync('ffmpeg', ['-version']).status !== 0) {
  console.log('skipped: there is no ffmpeg program to make the files and to compare with');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
try {
  const decode = await load(new URL('../packages/core/dist/', import.meta.url));
  const other =
    process.env.ECAPA_CORE === undefined
      ? undefined
      : await load(new URL(`file://${process.env.ECAPA_CORE}/packages/core/dist/`));
  const seconds = minutes * 60;
  console.log(`${minutes} minutes of audio, best of ${ROUNDS}, one core`);
  for (const [name, [extension, codec]] of Object.entries(FORMATS)) {
    const path = join(folder, `audio.${extension}`);
    const input = ['music-band.mp3', 'speech-announcement.mp3'].flatMap((file) => [
      '-i',
      join(samples, file),
    ]);
    const filter =
      '[0:a]aresample=48000,aformat=channel_layouts=stereo[a];[1:a]aresample=48000,aformat=channel_layouts=stereo[b];[a][b]concat=n=2:v=0:a=1,aloop=-1:600000';
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      ...input,
      '-filter_complex',
      filter,
      '-t',
      String(seconds),
      ...codec,
      path,
    ]);
    const own = await fastest(() => decodeSeconds(decode, path));
    const native = await fastest(() => nativeSeconds(path));
    const before = other === undefined ? undefined : await fastest(() => decodeSeconds(other, path));
    console.log(
      [
        name.padEnd(24),
        `${(seconds / own).toFixed(0)}x real time`,
        `${(own / native).toFixed(2)} of native ffmpeg (${(seconds / native).toFixed(0)}x)`,
        ...(before === undefined ? [] : [`${(before / own).toFixed(2)} times as fast as the other checkout`]),
      ].join('   '),
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
