/**
 * What a timeline costs: an hour of MP3, then ten, through the command, with the embedded model.
 *
 *   pnpm --filter @ecapa/bench timeline-speed -- [--hours 1,10]
 *
 * Prints for each: wall and processor time, times real time, peak resident memory of all processes together.
 * Needs a system ffmpeg to make the MP3, and Linux's /proc to measure.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { costOf, MEGABYTE } from './process-cost.js';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const SAMPLES = join(REPOSITORY, 'test', 'fixtures', 'samples');

/** The sample clips as MP3, 44.1 kHz stereo at 128 kbit/s, in frames that do not depend on one another. */
function encodeRound(folder: string): Buffer {
  const path = join(folder, 'round.mp3');
  const files = readdirSync(SAMPLES).map((name) => join(SAMPLES, name));
  const format = files
    .map((_, i) => `[${i}:a]aresample=44100,aformat=channel_layouts=stereo[a${i}]`)
    .join(';');
  const graph = `${format};${files.map((_, i) => `[a${i}]`).join('')}concat=n=${files.length}:v=0:a=1[out]`;
  const inputs = files.flatMap((file) => ['-i', file]);
  const encoding = ['-b:a', '128k', '-reservoir', '0', '-write_xing', '0', '-id3v2_version', '0'];
  execFileSync('ffmpeg', [
    '-v',
    'error',
    ...inputs,
    '-filter_complex',
    graph,
    '-map',
    '[out]',
    ...encoding,
    path,
  ]);
  return readFileSync(path);
}

/** So many hours of it: frames repeat, so that nothing need be encoded again. */
function writeHours(path: string, round: Buffer, hours: number): void {
  const bytesPerSecond = 16_000;
  const repeats = Math.ceil((3600 * hours * bytesPerSecond) / round.length);
  writeFileSync(path, '');
  for (let i = 0; i < repeats; i++) appendFileSync(path, round);
}

const { values } = parseArgs({ options: { hours: { type: 'string', default: '1,10' } } });
const folder = mkdtempSync(join(tmpdir(), 'ecapa-bench-'));
try {
  console.log(`${availableParallelism()} cores, Node ${process.version}`);
  const round = encodeRound(folder);
  for (const hours of values.hours.split(',').map(Number)) {
    const file = join(folder, `${hours}h.mp3`);
    writeHours(file, round, hours);
    const { wallSeconds, processorSeconds, peakBytes } = await costOf('timeline', '--json', file);
    const times = (seconds: number): string => ((3600 * hours) / seconds).toFixed(0);
    console.log(
      `${hours} h of MP3: ${times(wallSeconds)}x real time by the clock (${wallSeconds.toFixed(1)} s), ` +
        `${times(processorSeconds)}x by processor time (${processorSeconds.toFixed(1)} s), peak memory ${(peakBytes / MEGABYTE).toFixed(0)} MB`,
    );
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
